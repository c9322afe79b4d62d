#include "train/checkpoint.hpp"

#include <ATen/core/Tensor.h>
#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "nn/weights.hpp"

namespace simclr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHashed[] = {"model.safetensors", "optimizer.safetensors"};

std::optional<int64_t> step_of(const fs::path& folder) {
  const std::string name = folder.filename().native();
  if (!name.starts_with("step-")) return std::nullopt;
  int64_t step = 0;
  const auto [end, error] = std::from_chars(name.data() + 5, name.data() + name.size(), step);
  return error == std::errc() && end == name.data() + name.size() ? std::optional(step) : std::nullopt;
}

// Newest first.
std::vector<std::pair<int64_t, fs::path>> checkpoint_folders(const RunFolder& run) {
  std::vector<std::pair<int64_t, fs::path>> found;
  if (!fs::is_directory(run.checkpoints())) return found;
  for (const auto& entry : fs::directory_iterator(run.checkpoints()))
    if (const auto step = step_of(entry.path()); step && entry.is_directory())
      found.emplace_back(*step, entry.path());
  std::sort(found.rbegin(), found.rend());
  return found;
}

// Why the checkpoint can't be used, or "".
std::string flaw(Checkpoint& checkpoint) {
  const fs::path& folder = checkpoint.folder;
  if (!fs::exists(folder / "state.json")) return "state.json is missing";
  try {
    const auto whole = nlohmann::json::parse(read_file(folder / "state.json"));
    for (const std::string name : kHashed) {
      const auto hash = whole.at("sha256").at(name).get<std::string>();
      if (!fs::exists(folder / name)) return name + " is missing";
      if (sha256_of_file(folder / name) != hash) return name + " was altered or cut short";
    }
    checkpoint.state = whole.at("state");
    checkpoint.weights_sha256 = whole.at("sha256").at(kHashed[0]).get<std::string>();
  } catch (const nlohmann::json::exception&) {
    return "state.json is damaged";
  }
  return "";
}

void point_last_at(const RunFolder& run, const fs::path& folder) {
  const auto link = run.checkpoints() / "last", temporary = run.checkpoints() / "last.tmp";
  std::error_code ignored;
  fs::remove(temporary, ignored);
  if (!fs::is_symlink(link)) fs::remove_all(link, ignored);  // a copy of the run has a folder there
  fs::create_directory_symlink(folder.filename(), temporary, ignored);
  fs::rename(temporary, link, ignored);
}

// In one step where a checkpoint of that step is there already: a kill leaves the one or the other.
void take_place(const fs::path& temporary, const fs::path& folder) {
  if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(temporary);
    return;
  }
  fs::remove_all(folder);
  fs::rename(temporary, folder);
}

}  // namespace

void save_checkpoint(const RunFolder& run, int64_t step, const Model& model, Optimizer& optimizer,
                     nlohmann::json state) {
  const fs::path folder = run.checkpoints() / ("step-" + std::to_string(step));
  const fs::path temporary = folder.native() + ".tmp";
  try {
    fs::remove_all(temporary);
    fs::create_directories(temporary);
    save_model_weights(temporary / "model.safetensors", model, {});
    save_tensors(temporary / "optimizer.safetensors", optimizer.state(), {});
    nlohmann::json whole{{"step", step}, {"state", std::move(state)}};
    for (const char* name : kHashed) whole["sha256"][name] = sha256_of_file(temporary / name);
    write_durably(temporary / "state.json", whole.dump(2) + "\n");
    take_place(temporary, folder);
    sync_folder(run.checkpoints());
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw disk_error("write the checkpoint", folder, error.code().value());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
  point_last_at(run, folder);
  const auto all = checkpoint_folders(run);
  for (size_t i = 2; i < all.size(); ++i) fs::remove_all(all[i].second);
}

std::optional<Checkpoint> newest_checkpoint(const RunFolder& run) {
  // Newest first: the first intact one is it.
  for (const auto& [step, folder] : checkpoint_folders(run)) {
    Checkpoint found{folder, step, {}, {}};
    const std::string why = flaw(found);
    if (why.empty()) return found;
    log_warning("skipped checkpoint " + printable(folder.native()) + ": " + why);
  }
  return std::nullopt;
}

Checkpoint intact_checkpoint(const RunFolder& run) {
  if (auto found = newest_checkpoint(run)) return *found;
  throw Error(
      Exit::checkpoint, "no intact checkpoint in " + printable(run.checkpoints().native()) + ".",
      "While a run trains, wait for its first (--checkpoint-every); one that was stopped goes on with: "
      "simclr pretrain --resume --out " +
          printable(run.root.native()));
}

bool holds_checkpoints(const RunFolder& run) {
  return fs::symlink_status(run.checkpoints() / "last").type() != fs::file_type::not_found ||
         !checkpoint_folders(run).empty();
}

void discard_checkpoints_after(const RunFolder& run, int64_t step) {
  for (const auto& [number, folder] : checkpoint_folders(run))
    if (number > step) fs::remove_all(folder);
}

Model load_model(const Checkpoint& checkpoint, const Plan& plan) {
  Model model = make_model(plan, 0);
  load_checkpoint(checkpoint, model, nullptr);
  return model;
}

void load_checkpoint(const Checkpoint& checkpoint, Model& model, Optimizer* optimizer) {
  load_model_weights(checkpoint.folder / "model.safetensors", model);
  if (optimizer != nullptr) load_tensors(checkpoint.folder / "optimizer.safetensors", optimizer->state());
}

}  // namespace simclr
