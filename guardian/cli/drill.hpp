// `vip-guardian drill`: takes an address away from a live master, and shows that it comes back.
#pragma once

namespace guardian::cli {

int drill(int argc, char** argv);

}  // namespace guardian::cli
