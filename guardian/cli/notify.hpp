// `vip-guardian notify`: what keepalived calls as its notify script.
#pragma once

namespace guardian::cli {

int notify(int argc, char** argv);

}  // namespace guardian::cli
