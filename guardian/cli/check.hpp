// `vip-guardian check`: one instance's addresses, for keepalived's vrrp_script and for monitoring.
#pragma once

namespace guardian::cli {

int check(int argc, char** argv);

}  // namespace guardian::cli
