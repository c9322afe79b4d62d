#include "data/fingerprint.hpp"

#include "base/durable.hpp"
#include "data/probe.hpp"

namespace simclr {

std::string fingerprint(const Source& source, std::span<const uint32_t> among) {
  std::string all;
  for (const uint32_t i : among) all.append(source.record(i).id).push_back('\0');
  constexpr size_t looked_at = 8;
  for (const Probe& one : probe(source, among, {}, looked_at, 0, true)) all += one.hash + '\0';
  return sha256(all);
}

}  // namespace simclr
