#pragma once
// Where pictures come from. Every command that takes DIR takes any source, written PATH[:split]:
//   a folder (recursive; class sub-folders and train/val/test are recognised; one CSV or TSV of labels at
//   its top is read), a CSV or TSV file (path,label,split), a list file (.txt, one path a line),
//   (a table's column "labels", "classes" or "tags" may hold several classes a cell, with ; or | between),
//   a folder of MNIST-style IDX files (.gz or not), a folder of CIFAR-10 binary batches, a .npy file
//   (uint8, [N, H, W, C] or [N, H, W]) with an optional labels .npy beside it,
//   an EcoTaxa export (ZIP, unpacked folder, or its table ecotaxa_*.tsv with the pictures beside it): one
//   record an object, its id the object_id, its label the taxon where validated,
//   a MorphoCluster archive (ZIP, or folder with index.csv: object_id,path): its id the object_id,
//   a folder of folders with one TIFF a band (BigEarthNet v1 and v2, SSL4EO-S12): one record a folder;
//   any other ZIP, read as the folder in it would be. ZIPs are read where they are, not unpacked.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/names.hpp"
#include "image/decode.hpp"

namespace simclr {

enum class Split : uint8_t { none, train, val, test };
const char* name(Split split);  // "", "train", "val", "test"

struct Record {
  std::string_view id;  // stable and unique in the source: the relative path, the object_id, or
                        // file[position] in an array; the text is the source's
  int32_t label = -1;   // index into classes(), -1 for none, and for all where multi_label()
  Split split = Split::none;
};

struct AbsentNames {  // what a table names and is not there
  static constexpr size_t most = 1000;
  std::string table;
  size_t count = 0;
  std::vector<std::string> names;  // the first `most`
  void add(std::string_view name) {
    if (count++ < most) names.emplace_back(name);
  }
};

struct Scan {          // what opening the source found, in all its splits
  size_t files = 0;    // looked at
  size_t ignored = 0;  // no image magic and no image extension
  size_t unreadable =
      0;  // could not be opened, or image extension without image magic. They stay records,
          // so that reading them fails, they are listed, and count against the bad-file budget
  std::map<std::string, size_t> unsupported;    // "gif" -> 3
  std::map<std::string, size_t> unused_labels;  // annotations that are no labels: "predicted" -> 40
  std::vector<AbsentNames> absent;              // a table each
};

struct OpenOptions;

class Source {
 public:
  virtual ~Source() = default;
  size_t size() const { return records_.size(); }
  const Record& record(size_t i) const { return records_[i]; }
  const std::vector<std::string>& classes() const { return classes_; }  // of all splits, whichever is open
  const Scan& scan() const { return scan_; }
  bool labelled() const;          // at least one record is
  bool labelled(size_t i) const;  // it has a label, or is known to be of no class
  bool multi_label() const { return !label_begins_.empty(); }  // a picture may have several classes
  std::span<const int32_t> labels(size_t i) const;  // of record i: indices into classes(), ascending
  virtual std::string path(size_t i) const = 0;     // what to show people: the file's path, or file[position]
  virtual std::string file(size_t i) const { return path(i); }  // that holds the picture
  virtual std::string caveat() const { return ""; }             // what figures on it must be read with
  virtual bool in_arrays() const { return false; }              // reading is a copy, nothing is decoded
  // "folder", "zip", "ecotaxa", "morphocluster", "csv", "list", "idx", "cifar", "npy",
  // "patches"
  virtual std::string kind() const = 0;
  // The picture; any thread. A file that can't be read or decoded is a Decoded with an error, never a throw.
  virtual Decoded read(size_t i, const DecodeOptions& options) const = 0;

 protected:
  size_t place(size_t i) const {
    return places_.empty() ? i : places_[i];
  }  // in the arrays of an array source
  std::vector<Record> records_;
  Names names_;                   // their ids
  std::vector<uint32_t> places_;  // empty: record i is at place i
  std::vector<std::string> classes_;
  // Where pictures may have several classes: those of place p are many_labels_[label_begins_[p] ..
  // label_begins_[p + 1]), and every Record::label is -1. Empty otherwise.
  std::vector<int32_t> many_labels_;
  std::vector<uint32_t> label_begins_;
  std::vector<bool> of_no_class_;  // by place: known to be, not just without a label; empty: none is
  // The classes of the next place, in any order. `known`: an empty list says that it is of no class.
  void add_label_set(std::vector<int32_t> classes, bool known);
  Scan scan_;

 private:
  void keep(const std::function<bool(const Record&)>& wanted);
  void leave_out(const std::vector<std::string>& files);
  friend std::shared_ptr<const Source> open_source(std::string_view text, const OpenOptions& options);
};

struct OpenOptions {
  std::vector<std::string> leave_out = {};  // files with a picture's name (its id, or the end of it) a line
  std::string label_map = {};               // as map_labels() takes it; empty: none
  bool labels_needed = true;                // else a label map passes over pictures that it does not fit
};

// Opens PATH[:split]. A path that exists wins over a split, so a name may hold a colon. Throws
// Error(Exit::data): no such file or folder, not a folder, no image in it, no record in that split (naming
// the splits there are), a file to leave out that can't be read; and what map_labels() throws.
std::shared_ptr<const Source> open_source(std::string_view text, const OpenOptions& options = {});

}  // namespace simclr
