// Thousands of damaged files of each format: reading one must end in success or in simclr::Error, never in a
// crash. Worth most when built with -DSIMCLR_SANITIZE=address,undefined.

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/temporary_folder.hpp"
#include "formats/csv.hpp"
#include "formats/json_lines.hpp"
#include "formats/npy.hpp"
#include "formats/safetensors.hpp"

namespace simclr {
namespace {

constexpr uint32_t mutations = 2000;

// Some of: another byte, a byte taken out or put in, a part cut off, a part repeated, a digit changed.
std::string mutate(std::string bytes, Random& random) {
  for (uint32_t rounds = 1 + random.below(4); rounds > 0 && !bytes.empty(); --rounds) {
    const size_t at = random.below(static_cast<uint32_t>(bytes.size()));
    const size_t length = 1 + random.below(16);
    switch (random.below(6)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.erase(at, length);
        break;
      case 2:
        bytes.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 3:
        bytes.resize(at);
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, length));
        break;
      default:
        if (const size_t digit = bytes.find_first_of("0123456789", at); digit != std::string::npos)
          bytes[digit] = static_cast<char>('0' + random.below(10));
    }
  }
  return bytes;
}

// Reads `mutations` damaged copies; `read` must touch all that it got. Returns how many were still good.
uint32_t survive(const std::string& valid, Exit code,
                 const std::function<void(const std::filesystem::path&)>& read) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(read(folder.put("valid", valid)));
  uint32_t good = 0;
  for (uint32_t seed = 0; seed < mutations; ++seed) {
    Random random({seed, 0, 0, 0}, 0);
    const std::string bytes = mutate(valid, random);
    try {
      read(folder.put("mutated", bytes));
      ++good;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << "seed " << seed << ": " << error.what() << "\n" << printable(bytes);
    }
  }
  return good;
}

TEST(Hostile, Npy) {
  const TemporaryFolder folder;
  const std::vector<float> values(30, 1.5F);
  NpyRows rows(folder / "a.npy", 5);
  rows.append(values);
  rows.finish();
  const uint32_t good = survive(folder.get("a.npy"), Exit::data, [](const std::filesystem::path& path) {
    const NpyFile file(path);
    size_t count = 1, sum = 0;
    for (const size_t size : file.shape()) count *= size;
    for (const std::byte value : file.values<std::byte>()) sum += std::to_integer<size_t>(value);
    ASSERT_LE(count, file.values<std::byte>().size());
    ASSERT_LE(sum, 255 * file.values<std::byte>().size());
  });
  EXPECT_GT(good, 0U);
  EXPECT_LT(good, mutations);
}

TEST(Hostile, Safetensors) {
  const TemporaryFolder folder;
  const std::vector<float> weight(12, 0.5F);
  const std::vector<int64_t> tracked = {7};
  const TensorBytes tensors[] = {{"conv1.weight", "F32", {2, 3, 2}, std::as_bytes(std::span(weight))},
                                 {"bn1.num_batches_tracked", "I64", {}, std::as_bytes(std::span(tracked))},
                                 {"bn1.bias", "F32", {3}, std::as_bytes(std::span(weight)).first(12)}};
  write_safetensors(folder / "a", tensors, {{"mean", "[0.5]"}, {"config", "{\"a\": 1}"}});
  const uint32_t good = survive(folder.get("a"), Exit::checkpoint, [](const std::filesystem::path& path) {
    const SafetensorsFile file(path);
    size_t sum = 0, bytes = 0;
    for (const auto& tensor : file.tensors()) {
      ASSERT_EQ(file.find(tensor.name), &tensor);
      for (const std::byte value : tensor.bytes) sum += std::to_integer<size_t>(value);
      bytes += tensor.bytes.size();
    }
    ASSERT_LE(sum, 255 * bytes);
  });
  EXPECT_GT(good, 0U);
  EXPECT_LT(good, mutations);
}

TEST(Hostile, Csv) {
  const std::string valid =
      "\xEF\xBB\xBFpath,label,split\r\n\"a, b.png\",cat,train\r\n\"say "
      "\"\"hi\"\"\",dog,\n\nc,\"x\ny\",test\n";
  const uint32_t good = survive(valid, Exit::data, [](const std::filesystem::path& path) {
    const CsvTable table = read_csv(path);
    ASSERT_EQ(table.rows.size(), table.lines.size());
    for (const auto& row : table.rows) ASSERT_EQ(row.size(), table.header.size());
  });
  EXPECT_GT(good, 0U);
  EXPECT_LT(good, mutations);
}

TEST(Hostile, JsonLines) {
  const std::string valid =
      "{\"step\":1,\"loss\":5.25,\"names\":[\"a\",\"b\\u00e9\"]}\n{\"step\":2,\"loss\":null}\n";
  const uint32_t good = survive(valid, Exit::data, [](const std::filesystem::path& path) {
    for (const auto& object : read_json_lines(path).objects) ASSERT_TRUE(object.is_object());
  });
  EXPECT_EQ(good, mutations);  // what is damaged is left out
}

}  // namespace
}  // namespace simclr
