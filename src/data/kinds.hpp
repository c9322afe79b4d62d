#pragma once
// The kinds of source, one a file; source.cpp holds the table of them. `wanted` is the split that will be
// kept (none: all), so that a kind may leave out work for the others; it must still list their records
// unless it can't be asked for them.

#include <filesystem>
#include <memory>

#include "data/source.hpp"

namespace simclr {

bool is_idx(const std::filesystem::path& path);     // a folder of IDX files, or one file of IDX images
bool is_cifar(const std::filesystem::path& path);   // a folder of CIFAR-10 or CIFAR-100 binary batches
bool is_folder(const std::filesystem::path& path);  // any folder
bool is_csv(const std::filesystem::path& path);     // .csv, .tsv
bool is_npy(const std::filesystem::path& path);     // .npy
bool is_list(const std::filesystem::path& path);    // .txt, .lst, .list

std::unique_ptr<Source> open_idx(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_cifar(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_folder(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_csv(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_npy(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_list(const std::filesystem::path& path, Split wanted);

}  // namespace simclr
