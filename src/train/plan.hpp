#pragma once
// What a run has decided before and while it starts, kept in plan.json so that a resume and every later
// command see the same: the pictures' bands, size and statistics, and how many steps the schedule has.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/run.hpp"

namespace simclr {

struct Plan {
  int64_t images = 0;    // trained on
  int64_t held_out = 0;  // by --val-fraction
  int bands = 3, image_size = 32;
  std::vector<std::string> band_names;  // in the order of the input; empty: not known, as of photos
  std::string sample;                   // of the files: uint8, uint16, float32; "" of older runs
  // Of rasters; see data/file_numbers.
  std::vector<double> offsets, nodata;
  double file_scale = 0;
  std::vector<double> levels;  // least, median and greatest; empty: not known
  std::vector<double> mean, std;
  double bytes_per_image = 0;                  // decoded, mean
  std::string augment;                         // the policy, written out
  std::string growth = "none";                 // of the views' size, canonical
  std::string encoder, head, loss, optimizer;  // canonical
  std::string precision;                       // float32 or bf16
  double lr = 0, weight_decay = 0;
  int64_t steps_per_epoch = 1;
  int64_t warmup_steps = 0;
  int64_t probe_steps = 0;  // of --max-minutes: measured before the number of steps is planned
  int64_t total_steps = 0;  // 0: not known yet (--max-minutes, before step 20)
  bool planned = false;     // --max-minutes has become total_steps
  int64_t features = 0;     // width of h
  int threads = 0;          // of LibTorch: they enter the bits
  std::vector<std::string> classes, held_out_classes;
  std::vector<std::string> outputs;  // the classes that a loss which scores them learns, in their order
  std::string pictures_sha256, validation_sha256;  // of what is trained and validated on; see fingerprint()
  std::string teacher_sha256;                      // of a student: of the teacher's weights
};

nlohmann::json to_json(const Plan& plan);
void write_plan(const RunFolder& run, const Plan& plan);
Plan read_plan(const RunFolder& run);  // Error(Exit::checkpoint) when missing or damaged

}  // namespace simclr
