"""What moto gets wrong: a function a correction, named by what is right, and this list of them.

Of several for one operation the first is the outermost: it sees the call first, the answer last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.sandbox.call import Correction
from reconciler.sandbox.corrections import (
    commands,
    documents,
    fleets,
    iam,
    images,
    instances,
    key_pairs,
    made_images,
    offerings,
    oidc_providers,
    paging,
    parameters,
    power,
    pricing,
    principals,
    queues,
    run_instances,
    security_groups,
    sessions,
    spot_prices,
    spot_requests,
    tagging,
    templates,
    tokens,
    trail,
)

_EC2: dict[str, Sequence[Correction]] = {
    "CreateKeyPair": (key_pairs.created_key_is_told_by_its_private_half,),
    "ImportKeyPair": (key_pairs.imported_ed25519_key_is_told_as_openssh_does,),
    "DescribeKeyPairs": (key_pairs.key_pairs_are_found_by_id,),
    "DeleteKeyPair": (key_pairs.key_pair_is_deleted_by_id,),
    "AuthorizeSecurityGroupIngress": (security_groups.a_rule_is_authorized_once,),
    "AuthorizeSecurityGroupEgress": (security_groups.a_rule_is_authorized_once,),
    "RevokeSecurityGroupIngress": (security_groups.a_rule_is_revoked_whatever_its_description,),
    "RevokeSecurityGroupEgress": (security_groups.a_rule_is_revoked_whatever_its_description,),
    "UpdateSecurityGroupRuleDescriptionsIngress": (
        security_groups.a_description_is_changed_or_taken_away,
    ),
    "UpdateSecurityGroupRuleDescriptionsEgress": (
        security_groups.a_description_is_changed_or_taken_away,
    ),
    "DescribeSecurityGroups": (
        paging.ec2_pages("SecurityGroups"),
        security_groups.rules_are_shown_with_all_descriptions,
    ),
    "DescribeSecurityGroupRules": (paging.ec2_pages("SecurityGroupRules"),),
    "DeleteSecurityGroup": (security_groups.a_group_in_use_is_not_deleted,),
    "DescribeInstances": (instances.instances_are_found_by_any_filter_in_pages,),
    "RunInstances": (
        tokens.a_token_outlives_no_instance,
        tokens.a_token_is_for_one_call,
        run_instances.instances_are_launched_as_asked,
    ),
    "DescribeImages": (
        paging.ec2_pages("Images"),
        images.images_are_there_and_as_old_as_their_names,
    ),
    "CreateImage": (made_images.an_image_is_made_of_all_disks_in_its_time,),
    "DeregisterImage": (made_images.snapshots_go_with_their_image_if_asked,),
    "DescribeSnapshots": (
        paging.ec2_pages("Snapshots"),
        made_images.snapshots_are_found_by_their_owner,
    ),
    "DescribeInstanceTypeOfferings": (
        paging.ec2_pages("InstanceTypeOfferings"),
        offerings.offerings_are_found_by_patterns,
    ),
    "CreateFleet": (tokens.a_token_is_for_one_call, fleets.an_instant_fleet_is_launched_at_once),
    "DescribeSpotInstanceRequests": (spot_requests.spot_instances_have_requests,),
    "CancelSpotInstanceRequests": (spot_requests.a_request_is_cancelled_and_its_instance_stays,),
    "DescribeSpotPriceHistory": (spot_prices.prices_move_and_are_remembered,),
    "CreateLaunchTemplate": (
        tokens.a_token_is_for_one_call,
        templates.a_template_s_own_tags_are_not_its_instances,
    ),
    "CreateLaunchTemplateVersion": (
        tokens.a_token_is_for_one_call,
        templates.a_version_begins_with_its_source,
    ),
    "DeleteLaunchTemplate": (templates.only_a_template_that_is_there_is_deleted,),
    "DescribeLaunchTemplates": (templates.templates_are_described_in_pages,),
    "DescribeLaunchTemplateVersions": (templates.versions_are_described_in_pages,),
    "StopInstances": (power.only_what_has_run_is_stopped,),
    "StartInstances": (power.what_is_started_boots,),
    "RebootInstances": (power.what_runs_boots_again,),
    "TerminateInstances": (instances.the_primary_interface_ends_with_its_instance,),
}

_IAM: dict[str, Sequence[Correction]] = {
    "GetAccountAuthorizationDetails": (
        principals.a_principal_that_is_there_is_told_by_its_arn,
        iam.details_come_in_pages_and_policies_with_names,
    ),
    "CreatePolicy": (iam.a_name_is_taken_whatever_its_path_and_case,),
    "CreateRole": (
        iam.a_name_is_taken_whatever_its_path_and_case,
        iam.a_boundary_is_a_policy_that_exists,
        principals.a_principal_that_is_there_is_told_by_its_arn,
        principals.a_principal_is_known_by_its_id,
    ),
    "UpdateAssumeRolePolicy": (principals.a_principal_is_known_by_its_id,),
    "GetRole": (principals.a_principal_that_is_there_is_told_by_its_arn,),
    "ListRoles": (principals.a_principal_that_is_there_is_told_by_its_arn,),
    "GetInstanceProfile": (principals.a_principal_that_is_there_is_told_by_its_arn,),
    "CreateInstanceProfile": (iam.a_name_is_taken_whatever_its_path_and_case,),
    "PutRolePermissionsBoundary": (iam.a_boundary_is_a_policy_that_exists,),
    "DeletePolicy": (iam.a_policy_in_use_is_not_deleted,),
    "ListInstanceProfiles": (
        principals.a_principal_that_is_there_is_told_by_its_arn,
        paging.iam_pages("InstanceProfiles"),
    ),
    "ListInstanceProfileTags": (iam.an_instance_profile_lists_its_tags,),
    "RemoveRoleFromInstanceProfile": (iam.only_a_role_that_is_there_leaves_a_profile,),
    "CreateOpenIDConnectProvider": (
        oidc_providers.an_issuer_is_given_by_https_and_once,
        oidc_providers.a_thumbprint_is_found_where_none_is_given,
        oidc_providers.thumbprints_are_one_to_five_and_small,
        oidc_providers.tags_are_written_case_and_all,
    ),
    "TagOpenIDConnectProvider": (oidc_providers.tags_are_written_case_and_all,),
    "UntagOpenIDConnectProvider": (oidc_providers.tags_are_taken_away_case_and_all,),
    "UpdateOpenIDConnectProviderThumbprint": (
        oidc_providers.thumbprints_are_one_to_five_and_small,
    ),
    "AddClientIDToOpenIDConnectProvider": (oidc_providers.an_audience_is_added_once,),
    "RemoveClientIDFromOpenIDConnectProvider": (
        oidc_providers.an_audience_is_removed_if_it_is_there,
    ),
    "DeleteOpenIDConnectProvider": (oidc_providers.only_a_provider_that_is_there_is_deleted,),
}

_SSM: dict[str, Sequence[Correction]] = {
    "PutParameter": (
        parameters.a_path_begins_with_a_slash,
        parameters.a_type_stays,
        parameters.a_value_fits_its_pattern,
        parameters.a_tier_is_large_enough_and_never_goes_down,
        parameters.an_empty_policy_takes_the_policies_away,
    ),
    "DescribeParameters": (
        parameters.policies_are_shown_as_they_were_written,
        parameters.parameters_come_as_many_as_asked,
    ),
    "CreateDocument": (documents.a_display_name_is_kept,),
    "UpdateDocument": (documents.a_display_name_is_kept,),
    "DescribeDocument": (documents.a_version_must_be_there, documents.display_names_are_shown),
    "GetDocument": (documents.a_version_must_be_there, documents.display_names_are_shown),
    "UpdateDocumentDefaultVersion": (documents.a_version_must_be_there,),
    "ListDocuments": (documents.display_names_are_shown,),
    "ListDocumentVersions": (documents.versions_are_listed,),
    "StartSession": (sessions.a_session_is_opened_on_what_is_running,),
    "SendCommand": (commands.by_agents(commands.a_command_is_sent),),
    "CancelCommand": (commands.by_agents(commands.a_command_is_cancelled),),
    "ListCommands": (commands.by_agents(commands.commands_are_listed),),
    "ListCommandInvocations": (commands.by_agents(commands.invocations_are_listed),),
    "GetCommandInvocation": (commands.by_agents(commands.an_invocation_is_told),),
    "DescribeInstanceInformation": (commands.by_agents(commands.machines_with_an_agent_are_told),),
}

_SQS: dict[str, Sequence[Correction]] = {
    "CreateQueue": (queues.one_encryption_is_used_at_a_time,),
    "SetQueueAttributes": (
        queues.one_encryption_is_used_at_a_time,
        queues.a_policy_stays_that_is_not_spoken_of,
    ),
}

_TAGGING: dict[str, Sequence[Correction]] = {
    "GetResources": (tagging.tagged_resources_of_every_kind_are_found,),
}

_CLOUDTRAIL: dict[str, Sequence[Correction]] = {
    "LookupEvents": (trail.events_are_looked_up,),
}

CORRECTIONS: Mapping[str, Mapping[str, Sequence[Correction]]] = {
    "cloudtrail": _CLOUDTRAIL,
    "ec2": _EC2,
    "iam": _IAM,
    "pricing": {"GetProducts": (pricing.machines_have_on_demand_prices,)},
    "sqs": _SQS,
    "ssm": _SSM,
    "resourcegroupstaggingapi": _TAGGING,
}
"""Corrections by service, in boto3's word, and operation."""
