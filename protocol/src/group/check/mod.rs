//! What a receiver checks: one function for each check, each with its section of RFC 9420.

mod commit;
mod group_info;
mod key_package;
mod leaf_node;
mod proposals;

pub(crate) use commit::{
    check_external_commit_form, check_next_epoch, check_path_keys_new, check_path_length,
    check_path_present,
};
pub(crate) use group_info::{
    all_among, check_branch, check_group_extensions, check_group_info_signature,
    check_group_unknown, check_reinit, check_reinit_psk, check_tree_hash, check_welcome_psks,
    check_welcome_suite, is_of_group, is_of_late_epoch,
};
pub(crate) use key_package::verify_key_package;
#[cfg(test)]
pub(crate) use leaf_node::check_suite;
pub(crate) use leaf_node::{
    LeafPlace, LeafRules, check_changed_leaves, check_context_extensions, check_credential_types,
    check_leaf_signature, check_leaf_size, check_no_duplicate_extensions,
};
pub(crate) use proposals::{
    FirstCommitUsage, ListedProposal, check_clients_unique, check_delivery_kept,
    check_extensions_supported, check_proposal, check_proposal_list, check_reinit_followed,
    check_successor_delivery, check_types_supported,
};
#[cfg(test)]
pub(crate) use proposals::{check_psk_nonce, check_removed, check_sender};
