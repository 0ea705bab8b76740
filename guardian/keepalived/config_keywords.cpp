// Which keywords each version's VRRP process knows, and on which level. A keyword that a version does not
// know matters: its block is not skipped, so the first `}` inside closes the block around it.
#include "keepalived/config_builder.hpp"

namespace guardian::keepalived {
namespace {

using B = Builder;
using core::Version;

struct Row {
  const char* name;
  Keyword::Handler handler;
  Version since{1, 3, 0};
};

template <std::size_t N> std::shared_ptr<Block> blockOf(const Grammar& grammar, const Row (&rows)[N]) {
  auto block = std::make_shared<Block>();
  for (const Row& row : rows) {
    if (grammar.version() < row.since) continue;
    Keyword keyword;
    keyword.name = row.name;
    keyword.handler = row.handler;
    block->keywords.push_back(keyword);
  }
  return block;
}

void addRoot(Block& root, const char* name, Keyword::Handler handler, std::shared_ptr<const Block> block = nullptr,
             void (Builder::*atEnd)() = nullptr) {
  Keyword keyword;
  keyword.name = name;
  keyword.handler = handler;
  keyword.block = std::move(block);
  keyword.atEnd = atEnd;
  root.keywords.push_back(keyword);
}

void addInactive(Block& root, const char* name, Keyword::Handler handler = nullptr) {
  Keyword keyword;
  keyword.name = name;
  keyword.handler = handler;
  keyword.active = false;
  root.keywords.push_back(keyword);
}

// Keywords whose effect is of no interest here are still listed: `needsParameter` ends keepalived without
// its parameter, `itemList` and `wordList` own the lines up to their `}`.

const Row kGlobalRows[] = {
    {"router_id", &B::ignored},
    {"notification_email_from", &B::ignored},
    {"smtp_server", &B::needsParameter},
    {"smtp_helo_name", &B::ignored},
    {"smtp_connect_timeout", &B::needsParameter},
    {"notification_email", &B::wordList},
    {"default_interface", &B::defaultInterface},
    {"vrrp_mcast_group4", &B::needsParameter},
    {"vrrp_mcast_group6", &B::needsParameter},
    {"vrrp_garp_master_delay", &B::globalGarpDelay},
    {"vrrp_garp_master_repeat", &B::globalGarpRepeat},
    {"vrrp_garp_master_refresh", &B::globalGarpRefresh},
    {"vrrp_garp_master_refresh_repeat", &B::globalGarpRefreshRepeat},
    {"vrrp_garp_lower_prio_delay", &B::needsParameter},
    {"vrrp_garp_lower_prio_repeat", &B::needsParameter},
    {"vrrp_garp_interval", &B::globalGarpInterval},
    {"vrrp_gna_interval", &B::globalGnaInterval},
    {"vrrp_version", &B::globalVersion},
    {"vrrp_strict", &B::globalStrict},
    {"notify_fifo", &B::notifyFifo},
    {"vrrp_notify_fifo", &B::vrrpNotifyFifo},
    {"enable_dbus", &B::enableDbus},
    {"dbus_service_name", &B::dbusServiceName},
    {"dynamic_interfaces", &B::dynamicInterfaces, {2, 0, 0}},
    {"vmac_prefix", &B::vmacPrefix, {2, 2, 0}},
    {"vmac_addr_prefix", &B::vmacAddressPrefix, {2, 2, 0}},
};

// Known, without a block, without an effect on what is read here, in every version from the one named.
const Row kGlobalIgnored[] = {
    {"lvs_timeouts", &B::ignored},
    {"lvs_flush", &B::ignored},
    {"lvs_sync_daemon", &B::ignored},
    {"vrrp_lower_prio_no_advert", &B::ignored},
    {"vrrp_higher_prio_send_advert", &B::ignored},
    {"vrrp_iptables", &B::ignored},
    {"vrrp_ipsets", &B::ignored},
    {"vrrp_check_unicast_src", &B::ignored},
    {"vrrp_skip_check_adv_addr", &B::ignored},
    {"vrrp_priority", &B::ignored},
    {"vrrp_no_swap", &B::ignored},
    {"notify_fifo_script", &B::ignored},
    {"vrrp_notify_fifo_script", &B::ignored},
    {"lvs_notify_fifo", &B::ignored},
    {"lvs_notify_fifo_script", &B::ignored},
    {"checker_priority", &B::ignored},
    {"checker_no_swap", &B::ignored},
    {"snmp_socket", &B::ignored},
    {"enable_traps", &B::ignored},
    {"enable_snmp_keepalived", &B::ignored},
    {"enable_snmp_checker", &B::ignored},
    {"enable_snmp_rfc", &B::ignored},
    {"enable_snmp_rfcv2", &B::ignored},
    {"enable_snmp_rfcv3", &B::ignored},
    {"script_user", &B::ignored},
    {"enable_script_security", &B::ignored},
    {"bfd_no_swap", &B::ignored, {2, 0, 0}},
    {"bfd_priority", &B::ignored, {2, 0, 0}},
    {"bfd_rlimit_rtime", &B::ignored, {2, 0, 0}},
    {"bfd_rt_priority", &B::ignored, {2, 0, 0}},
    {"checker_rlimit_rtime", &B::ignored, {2, 0, 0}},
    {"checker_rt_priority", &B::ignored, {2, 0, 0}},
    {"enable_snmp_vrrp", &B::ignored, {2, 0, 0}},
    {"lvs_netlink_cmd_rcv_bufs", &B::ignored, {2, 0, 0}},
    {"lvs_netlink_cmd_rcv_bufs_force", &B::ignored, {2, 0, 0}},
    {"lvs_netlink_monitor_rcv_bufs", &B::ignored, {2, 0, 0}},
    {"lvs_netlink_monitor_rcv_bufs_force", &B::ignored, {2, 0, 0}},
    {"no_checker_emails", &B::ignored, {2, 0, 0}},
    {"no_email_faults", &B::ignored, {2, 0, 0}},
    {"rs_init_notifies", &B::ignored, {2, 0, 0}},
    {"smtp_alert", &B::ignored, {2, 0, 0}},
    {"smtp_alert_checker", &B::ignored, {2, 0, 0}},
    {"smtp_alert_vrrp", &B::ignored, {2, 0, 0}},
    {"vrrp_netlink_cmd_rcv_bufs", &B::ignored, {2, 0, 0}},
    {"vrrp_netlink_cmd_rcv_bufs_force", &B::ignored, {2, 0, 0}},
    {"vrrp_netlink_monitor_rcv_bufs", &B::ignored, {2, 0, 0}},
    {"vrrp_netlink_monitor_rcv_bufs_force", &B::ignored, {2, 0, 0}},
    {"vrrp_rlimit_rtime", &B::ignored, {2, 0, 0}},
    {"vrrp_rt_priority", &B::ignored, {2, 0, 0}},
    {"vrrp_rx_bufs_multiplier", &B::ignored, {2, 0, 3}},
    {"vrrp_rx_bufs_policy", &B::ignored, {2, 0, 3}},
    {"umask", &B::ignored, {2, 0, 10}},
    {"bfd_cpu_affinity", &B::ignored, {2, 0, 20}},
    {"bfd_process_name", &B::ignored, {2, 0, 20}},
    {"checker_cpu_affinity", &B::ignored, {2, 0, 20}},
    {"checker_log_all_failures", &B::ignored, {2, 0, 20}},
    {"log_unknown_vrids", &B::ignored, {2, 0, 20}},
    {"lvs_flush_onstop", &B::ignored, {2, 0, 20}},
    {"lvs_process_name", &B::ignored, {2, 0, 20}},
    {"nftables", &B::ignored, {2, 0, 20}},
    {"nftables_counters", &B::ignored, {2, 0, 20}},
    {"nftables_ifindex", &B::ignored, {2, 0, 20}},
    {"nftables_priority", &B::ignored, {2, 0, 20}},
    {"process_monitor_rcv_bufs", &B::ignored, {2, 0, 20}},
    {"process_monitor_rcv_bufs_force", &B::ignored, {2, 0, 20}},
    {"process_name", &B::ignored, {2, 0, 20}},
    {"process_names", &B::ignored, {2, 0, 20}},
    {"random_seed", &B::randomSeed, {2, 0, 20}},
    {"vrrp_cpu_affinity", &B::ignored, {2, 0, 20}},
    {"vrrp_min_garp", &B::ignored, {2, 0, 20}},
    {"vrrp_notify_priority_changes", &B::ignored, {2, 0, 20}},
    {"vrrp_process_name", &B::ignored, {2, 0, 20}},
    {"vrrp_startup_delay", &B::ignored, {2, 0, 20}},
    {"max_auto_priority", &B::ignored, {2, 1, 0}},
    {"min_auto_priority_delay", &B::ignored, {2, 1, 0}},
    {"reload_repeat", &B::ignored, {2, 1, 0}},
    {"reload_time_file", &B::ignored, {2, 1, 0}},
    {"shutdown_script", &B::ignored, {2, 1, 0}},
    {"shutdown_script_timeout", &B::ignored, {2, 1, 0}},
    {"startup_script", &B::ignored, {2, 1, 0}},
    {"startup_script_timeout", &B::ignored, {2, 1, 0}},
    {"checker_process_name", &B::ignored, {2, 2, 0}},
    {"disable_local_igmp", &B::ignored, {2, 2, 0}},
    {"include_check", &B::ignored, {2, 2, 0}},
    {"lvs_flush_on_stop", &B::ignored, {2, 2, 0}},
    {"reload_check_config", &B::ignored, {2, 2, 0}},
    {"reload_file", &B::ignored, {2, 2, 0}},
    {"tmp_config_directory", &B::ignored, {2, 2, 0}},
    {"vrrp_garp_extra_if", &B::ignored, {2, 2, 0}},
    {"vrrp_vmac_garp_intvl", &B::ignored, {2, 2, 0}},
    {"config_save_dir", &B::ignored, {2, 2, 3}},
    {"data_use_instance", &B::dataUseInstance, {2, 2, 3}},
    {"vrrp_down_timer_adverts", &B::ignored, {2, 2, 3}},
    {"fifo_write_vrrp_states_on_reload", &B::ignored, {2, 2, 5}},
    {"json_version", &B::ignored, {2, 2, 8}},
    {"state_dump_file", &B::ignored, {2, 3, 3}},
    {"stats_dump_file", &B::ignored, {2, 3, 3}},
    {"json_dump_file", &B::ignored, {2, 3, 3}},
};

const Row kSyncGroupRows[] = {
    {"group", &B::syncGroupMembers},
    {"notify_backup", &B::notifyScript},
    {"notify_master", &B::notifyScript},
    {"notify_fault", &B::notifyScript},
    {"notify_stop", &B::notifyScript, {2, 0, 0}},
    {"notify", &B::notifyScript},
    {"smtp_alert", &B::ignored},
    {"global_tracking", &B::ignored},
    {"sync_group_tracking_weight", &B::ignored, {2, 0, 0}},
    {"notify_priority_changes", &B::ignored, {2, 0, 20}},
    {"track_interface", &B::trackInterfaces, {2, 0, 0}},
    {"track_script", &B::itemList, {2, 0, 0}},
    {"track_file", &B::itemList, {2, 0, 0}},
    {"track_bfd", &B::itemList, {2, 0, 0}},
    {"track_process", &B::itemList, {2, 0, 10}},
};

const Row kGarpGroupRows[] = {
    {"garp_interval", &B::garpGroupInterval},
    {"gna_interval", &B::garpGroupNaInterval},
    {"interface", &B::garpGroupInterface},
    {"interfaces", &B::garpGroupInterfaces},
};

const Row kInstanceRows[] = {
    {"use_vmac", &B::useVmac},
    {"vmac_xmit_base", &B::transmitOnBase},
    {"use_vmac_addr", &B::useVmacForAddresses, {2, 2, 0}},
    {"use_ipvlan", &B::useIpvlan, {2, 0, 17}},
    {"unicast_peer", &B::unicastPeers},
    {"old_unicast_checksum", &B::ignored},
    {"native_ipv6", &B::nativeIpv6},
    {"state", &B::state},
    {"interface", &B::interface},
    {"dont_track_primary", &B::ignored},
    {"track_interface", &B::trackInterfaces},
    {"track_script", &B::itemList},
    {"track_file", &B::itemList, {2, 0, 0}},
    {"track_bfd", &B::itemList, {2, 0, 0}},
    {"track_process", &B::itemList, {2, 0, 10}},
    {"mcast_src_ip", &B::sourceAddress},
    {"unicast_src_ip", &B::sourceAddress},
    {"mcast_dst_ip", &B::needsParameter, {2, 2, 5}},
    {"track_src_ip", &B::ignored, {2, 0, 0}},
    {"virtual_router_id", &B::vrid},
    {"unicast_ttl", &B::needsParameter, {2, 1, 0}},
    {"unicast_fault_no_peer", &B::ignored, {2, 2, 5}},
    {"check_unicast_src", &B::ignored, {2, 1, 0}},
    {"version", &B::version},
    {"priority", &B::priority},
    {"advert_int", &B::advertInterval},
    {"virtual_ipaddress", &B::virtualAddresses},
    {"virtual_ipaddress_excluded", &B::excludedAddresses},
    {"no_virtual_ipaddress", &B::noVirtualAddress, {2, 3, 0}},
    {"promote_secondaries", &B::ignored},
    {"linkbeat_use_polling", &B::ignored, {2, 0, 0}},
    {"vrf", &B::needsParameter, {2, 2, 5}},
    {"virtual_routes", &B::virtualRoutes},
    {"virtual_rules", &B::virtualRules},
    {"accept", &B::ignored},
    {"no_accept", &B::ignored},
    {"skip_check_adv_addr", &B::ignored},
    {"strict_mode", &B::strictMode},
    {"preempt", &B::preempt},
    {"nopreempt", &B::nopreempt},
    {"preempt_delay", &B::needsParameter},
    {"debug", &B::needsParameter},
    {"notify_backup", &B::notifyScript},
    {"notify_master", &B::notifyScript},
    {"notify_fault", &B::notifyScript},
    {"notify_stop", &B::notifyScript},
    {"notify_deleted", &B::ignored, {2, 1, 0}},
    {"notify", &B::notifyScript},
    {"notify_master_rx_lower_pri", &B::notifyScript, {2, 0, 10}},
    {"smtp_alert", &B::ignored},
    {"notify_priority_changes", &B::ignored, {2, 0, 20}},
    {"lvs_sync_daemon_interface", &B::ignored},
    {"garp_master_delay", &B::garpDelay},
    {"garp_master_refresh", &B::garpRefresh},
    {"garp_master_repeat", &B::garpRepeat},
    {"garp_master_refresh_repeat", &B::garpRefreshRepeat},
    {"garp_lower_prio_delay", &B::needsParameter},
    {"garp_lower_prio_repeat", &B::needsParameter},
    {"down_timer_adverts", &B::needsParameter, {2, 2, 3}},
    {"garp_extra_if", &B::ignored, {2, 2, 3}},
    {"vmac_garp_intvl", &B::ignored, {2, 2, 0}},
    {"lower_prio_no_advert", &B::ignored},
    {"higher_prio_send_advert", &B::ignored},
    {"kernel_rx_buf_size", &B::ignored, {2, 0, 3}},
    {"v3_checksum_as_v2", &B::ignored, {2, 3, 0}},
    {"owner_ignore_adverts", &B::ignored, {2, 3, 0}},
    {"timer_expired_backup", &B::ignored, {2, 3, 0}},
    {"thread_timer_expired", &B::ignored, {2, 3, 0}},
};

const Row kAuthenticationRows[] = {
    {"auth_type", &B::authenticationType},
    {"auth_pass", &B::authenticationPassword},
};

const Row kHmacRows[] = {
    {"key", &B::ignored},         {"active_key", &B::ignored},  {"mode", &B::ignored},
    {"time_window", &B::ignored}, {"anti_replay", &B::ignored},
};

const Row kScriptRows[] = {
    {"script", &B::ignored},        {"interval", &B::needsParameter}, {"timeout", &B::needsParameter},
    {"weight", &B::needsParameter}, {"rise", &B::needsParameter},     {"fall", &B::needsParameter},
    {"user", &B::needsParameter},   {"init_fail", &B::ignored},
};

const Row kTrackFileRows[] = {
    {"file", &B::ignored},
    {"weight", &B::needsParameter},
    {"init_file", &B::ignored},
};

const Row kTrackProcessRows[] = {
    {"process", &B::ignored},
    {"param_match", &B::ignored},
    {"weight", &B::needsParameter},
    {"quorum", &B::needsParameter},
    {"quorum_max", &B::needsParameter},
    {"delay", &B::needsParameter},
    {"terminate_delay", &B::needsParameter},
    {"fork_delay", &B::needsParameter},
    {"full_command", &B::ignored},
};

const Row kTrackGroupRows[] = {
    {"group", &B::wordList},
};

void addKeywordBlock(Block& block, const char* name, std::shared_ptr<const Block> inner) {
  addRoot(block, name, nullptr, std::move(inner));
}

std::shared_ptr<Block> globalBlock(const Grammar& grammar) {
  std::shared_ptr<Block> block = blockOf(grammar, kGlobalRows);
  const std::shared_ptr<Block> more = blockOf(grammar, kGlobalIgnored);
  block->keywords.insert(block->keywords.end(), more->keywords.begin(), more->keywords.end());
  return block;
}

std::shared_ptr<Block> instanceBlock(const Grammar& grammar) {
  std::shared_ptr<Block> block = blockOf(grammar, kInstanceRows);
  addKeywordBlock(*block, "authentication", blockOf(grammar, kAuthenticationRows));
  if (grammar.since(2, 4, 0)) addKeywordBlock(*block, "auth_hmac", blockOf(grammar, kHmacRows));
  return block;
}

/// LVS and BFD belong to other processes: the VRRP process skips their blocks by counting braces.
void addForeignBlocks(Block& root, const Grammar& grammar) {
  for (const char* name : {"virtual_server_group", "virtual_server", "SSL"}) addInactive(root, name);
  if (grammar.since(2, 0, 0)) addInactive(root, "bfd_instance");
}

bool isParents(const std::string& name) {
  for (const char* own : {"net_namespace", "namespace_with_ipsets", "use_pid_dir", "instance", "child_wait_time",
                          "net_namespace_ipvs", "global_defs"}) {
    if (name == own) return true;
  }
  return false;
}

/// Lines of the parent process: the VRRP process skips them, with what it takes for their block.
void addParentLines(Block& root, const Grammar& grammar) {
  const Row rows[] = {{"net_namespace", &B::netNamespace},
                      {"namespace_with_ipsets", &B::ignored},
                      {"use_pid_dir", &B::usePidDirectory},
                      {"instance", &B::instanceName}};
  for (const Row& row : rows) addInactive(root, row.name, row.handler);
  if (grammar.since(2, 0, 0)) addInactive(root, "child_wait_time", &B::ignored);
  if (grammar.since(2, 1, 0)) addInactive(root, "net_namespace_ipvs", &B::ignored);
}

/// For the parent these say that a VRRP process is wanted, since 2.0.0; it runs their handlers without their words.
bool callsForVrrp(const std::string& name) {
  return name == "vrrp_instance" || name == "static_ipaddress" || name == "static_routes" || name == "static_rules";
}

Block allKeywords(const Grammar& grammar) {
  Block root;
  addParentLines(root, grammar);
  if (grammar.globalsByParent()) {
    addInactive(root, "linkbeat_use_polling");
    addInactive(root, "global_defs");
  } else {
    addRoot(root, "linkbeat_use_polling", &B::ignored);
    addRoot(root, "global_defs", nullptr, globalBlock(grammar));
  }
  addRoot(root, "static_ipaddress", &B::staticAddresses);
  addRoot(root, "static_routes", &B::staticRoutes);
  addRoot(root, "static_rules", &B::staticRules);
  addRoot(root, "vrrp_sync_group", &B::syncGroup, blockOf(grammar, kSyncGroupRows));
  addRoot(root, "garp_group", &B::garpGroup, blockOf(grammar, kGarpGroupRows));
  addRoot(root, "vrrp_instance", &B::instance, instanceBlock(grammar),
          grammar.since(2, 1, 0) ? &B::instanceEnd : nullptr);
  addRoot(root, "vrrp_script", &B::needsParameter, blockOf(grammar, kScriptRows));
  if (grammar.since(2, 0, 0)) addRoot(root, "vrrp_track_file", &B::needsParameter, blockOf(grammar, kTrackFileRows));
  if (grammar.since(2, 1, 0)) addRoot(root, "track_file", &B::needsParameter, blockOf(grammar, kTrackFileRows));
  if (grammar.since(2, 0, 3)) addRoot(root, "track_group", &B::ignored, blockOf(grammar, kTrackGroupRows));
  if (grammar.since(2, 0, 10))
    addRoot(root, "vrrp_track_process", &B::needsParameter, blockOf(grammar, kTrackProcessRows));
  if (grammar.since(2, 0, 20)) addRoot(root, "linkbeat_interfaces", &B::itemList);
  if (grammar.since(2, 2, 3)) addRoot(root, "interface_up_down_delays", &B::itemList);
  addForeignBlocks(root, grammar);
  return root;
}

}  // namespace

Block rootBlock(const Grammar& grammar) {
  Block root = allKeywords(grammar);
  for (Keyword& keyword : root.keywords) {
    if (!keyword.active) keyword.handler = nullptr;
  }
  return root;
}

Block parentBlock(const Grammar& grammar) {
  Block root = allKeywords(grammar);
  for (Keyword& keyword : root.keywords) {
    keyword.active = isParents(keyword.name) && (keyword.name != "global_defs" || grammar.globalsByParent());
    if (keyword.name == "linkbeat_use_polling") keyword.active = grammar.globalsByParent();
    if (keyword.name == "global_defs" && keyword.active) keyword.block = globalBlock(grammar);
    if (!keyword.active) {
      keyword.block = nullptr;
      keyword.handler = callsForVrrp(keyword.name) ? &B::vrrpIsConfigured : nullptr;
    }
  }
  return root;
}

}  // namespace guardian::keepalived
