"""Pairs of devices and their sessions (page Replacement). `step` is a device.Step."""
from .errors import require
from .identities import X25519, key_of
from .limits import age
from .records import PEER, SESSION, PeerState, SessionRef
from .session import (ABSORB_ANNOUNCED, ABSORB_ARMED, ABSORB_NONE, ARCHIVED, CLOSED, ESTABLISHED, INITIATOR, RESPONDER,
                      UNACCEPTED, WAITING, absorb_secret)


def pin(step, accepted):
    """Pins the last of a series of lists that were accepted: who came and who went is held against what was pinned before
    the series (ID-20). Pairs with other devices that are new in an account that was known become unconfirmed (REP-15); the
    sessions of those that are no longer listed are closed (ID-17)."""
    state, account, newest = step.state, accepted[-1].account_id(), accepted[-1]
    if state.peer(account) is None:
        state.put((PEER, account), PeerState(device_list=newest, pairs=[]))
        return
    if state.peer(account).device_list == newest:
        return
    peer = state.edit((PEER, account))
    pinned, peer.device_list = peer.device_list, newest
    was, now = ({d.serial for d in one.tbs.devices} for one in (pinned, newest))
    step.added |= now - was
    step.removed |= was - now
    own = step.account.credential.tbs
    for device in newest.tbs.devices:
        if pinned.entry(device.serial) is None and (account, device.serial) != (own.account_id, own.serial):
            state.edit_pair(account, device.serial).unconfirmed = 1
    for pair in peer.pairs:
        if newest.entry(pair.serial) is None:
            ids = [r.session_id for r in pair.archived] + [s for s in (pair.unaccepted, pair.live) if s]
            for id in ids:
                if state.session(id) and state.session(id).status != CLOSED:
                    close(step, id)


def _to_archive(step, session, status):
    pair = step.state.edit_pair(*session.pair)
    session.status, session.waiting = status, None
    if any(r.session_id == session.session_id for r in pair.archived):
        return
    if pair.live == session.session_id:
        pair.live = None
    if pair.unaccepted == session.session_id:
        pair.unaccepted = None
    pair.archived.insert(0, SessionRef(session_id=session.session_id, archived_at=step.now))


def _to_bound(before, state, account, pair):
    """Whether the step has archived a session of the pair, or its live one no longer waits."""
    old = before.pair(account, pair.serial)
    had = {r.session_id for r in old.archived}
    waited = old.live and before.session(old.live).status == WAITING
    waits = pair.live == old.live and waited and state.session(pair.live).status == WAITING
    return any(r.session_id not in had for r in pair.archived) or waited and not waits


def bound_archives(step, before):
    """REP-09, at the end of a step that began with the state `before`."""
    state = step.state
    for account, peer in state.of_kind(PEER):
        for pair in peer.pairs:
            if not _to_bound(before, state, account, pair):
                continue
            spared = state.spared(pair)
            counted = [r.session_id for r in pair.archived if r.session_id != spared]
            gone = counted[step.policy.max_archived:]
            if gone:
                edited = state.edit_pair(account, pair.serial)
                edited.archived = [r for r in edited.archived if r.session_id not in gone]
                for id in gone:
                    state.delete_session(id)


def archive(step, session_id):
    _to_archive(step, step.state.edit_session(session_id), ARCHIVED)


def close(step, session_id):
    """REP-10."""
    _to_archive(step, step.state.edit_session(session_id), CLOSED)


def make_live(step, session_id):
    session = step.state.edit_session(session_id)
    pair = step.state.edit_pair(*session.pair)
    pair.archived = [r for r in pair.archived if r.session_id != session_id]
    if pair.unaccepted == session_id:
        pair.unaccepted = None
    session.status, pair.live = ESTABLISHED, session_id


def come_back(step, session_id):
    """REP-14."""
    live = step.state.pair(*step.state.session(session_id).pair).live
    if live:
        archive(step, live)
    make_live(step, session_id)


def same_origin(new, live):
    """N is of L's origin."""
    return not live.resumed_from or new.resumed_from == live.resumed_from


def own_wins(step, own, new, new_key):
    """Of the own session and the peer's new one; `new_key` is the peer's agreement key."""
    return first_wins(own.recovery, new.recovery, key_of(step.state.account.credential.tbs.identity_keys, X25519), new_key)


def first_wins(recovery, other_recovery, key, other_key):
    """Of two simultaneous handshakes."""
    return bool(recovery) if recovery != other_recovery else key < other_key


def comes_back(state, session):
    """Whether REP-14 makes this archived session live when it receives its first message."""
    if session.status != ARCHIVED or session.role != INITIATOR or session.receiving is not None:
        return False
    live = state.live(*session.pair)
    if live is None:
        return True
    if live.role != INITIATOR:
        return False
    made_before = live.created_at < session.created_at or (
        live.created_at == session.created_at and session.recovery and not live.recovery)
    if live.status != WAITING and not made_before:
        return False
    return live.resumed_from == session.resumed_from or bool(live.recovery or session.recovery)


def announce(winner, loser):
    """REP-05."""
    if winner.absorb_status == ABSORB_NONE:
        winner.absorb_status, winner.absorb_session = ABSORB_ANNOUNCED, loser.session_id
        winner.absorb_secret = absorb_secret(loser, winner)


def arm(state, session, loser_id):
    """REP-06."""
    loser = state.session(loser_id)
    if session.role != RESPONDER or session.absorb_status != ABSORB_NONE or loser is None:
        return
    if loser.pair == session.pair and loser.role == INITIATOR:
        session.absorb_status, session.absorb_session = ABSORB_ARMED, loser_id
        session.absorb_secret = absorb_secret(loser, session)


def enter(step, new, new_key):
    """The new session of a first message finds its place; returns the event."""
    state = step.state
    live = state.live(*new.pair)
    pair = state.edit_pair(*new.pair)
    state.put((SESSION, new.session_id), new)
    if live is None:
        if pair.unconfirmed:
            return ask(step, pair, new)
        new.status, pair.live = ESTABLISHED, new.session_id
        return "new_session"
    resumed = state.session(new.resumed_from) if new.resumed_from else None
    if new.resumed_from == live.session_id or (
            resumed is not None and resumed.pair == new.pair and comes_back(state, resumed)):
        archive(step, live.session_id)
        new.status, pair.live = ESTABLISHED, new.session_id
        return "new_session"
    wins = same_origin(new, live) and live.role == INITIATOR and own_wins(step, live, new, new_key)
    if live.status == WAITING and same_origin(new, live) and not wins:
        archive(step, live.session_id)
        new.status, pair.live = ESTABLISHED, new.session_id
        return "new_session"
    young = age(step.now, live.created_at) < step.policy.simultaneous_window
    if wins and (live.status == WAITING or (live.status == ESTABLISHED and young)):
        announce(state.edit_session(live.session_id), new)
        archive(step, new.session_id)
        return "new_session"
    return ask(step, pair, new)


def ask(step, pair, new):
    """N waits for the caller's decision; an earlier one that waits is deleted."""
    if pair.unaccepted:
        step.state.delete_session(pair.unaccepted)
    new.status, pair.unaccepted = UNACCEPTED, new.session_id
    return "session_replaced"


def enter_initiated(step, new):
    state = step.state
    pair = state.edit_pair(*new.pair)
    state.put((SESSION, new.session_id), new)
    if pair.live:
        archive(step, pair.live)
    new.status, pair.live, pair.unconfirmed = WAITING, new.session_id, 0


def accept_session(step, session_id):
    """REP-02, REP-15."""
    session = step.state.session(session_id)
    require(session is not None and session.status == UNACCEPTED, "misuse", "no session that waits for a decision")
    pair = step.state.edit_pair(*session.pair)
    pair.unconfirmed = 0
    if pair.live:
        archive(step, pair.live)
    make_live(step, session_id)


def decline_session(step, session_id):
    session = step.state.session(session_id)
    require(session is not None and session.status == UNACCEPTED, "misuse", "no session that waits for a decision")
    step.state.edit_pair(*session.pair).unaccepted = None
    step.state.delete_session(session_id)


def psk_session(step, account, serial, recovery):
    """REP-03, REP-12, REP-13: the session whose resumption PSK an initiator uses, or None."""
    state, policy = step.state, step.policy
    pair, live = state.pair(account, serial), state.live(account, serial)
    if recovery:
        require(pair.unaccepted is None, "misuse", "REP-13")
        soon = pair.last_recovery and age(step.now, pair.last_recovery) < policy.recovery_interval
        require(not soon, "limit", "REP-12")
        return None
    if live is None:
        return None
    if live.status == WAITING:
        require(age(step.now, live.created_at) >= policy.simultaneous_window, "misuse", "REP-13")
        source = state.session(live.resumed_from) if live.resumed_from else None
        require(source or not live.resumed_from, "misuse", "REP-03: the PSK's session is gone")
        return source
    return live
