#pragma once
// The kinds of source, one a file; source.cpp holds the table of them. `wanted` is the split that will be
// kept (none: all), so that a kind may leave out work for the others; it must still list their records
// unless it can't be asked for them.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/source.hpp"

namespace simclr {

bool is_zip(const std::filesystem::path& path);            // .zip
bool is_ecotaxa(const std::filesystem::path& path);        // a folder with ecotaxa_*.tsv, or one such table
bool is_morphocluster(const std::filesystem::path& path);  // a folder with index.csv, or that
bool is_idx(const std::filesystem::path& path);            // a folder of IDX files, or one file of IDX images
bool is_cifar(const std::filesystem::path& path);          // a folder of CIFAR-10 or CIFAR-100 binary batches
bool is_patches(const std::filesystem::path& path);        // a folder of folders with one TIFF a band
bool is_folder(const std::filesystem::path& path);         // any folder
bool is_csv(const std::filesystem::path& path);            // .csv, .tsv
bool is_npy(const std::filesystem::path& path);            // .npy
bool is_list(const std::filesystem::path& path);           // .txt, .lst, .list

std::unique_ptr<Source> open_zip(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_ecotaxa(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_morphocluster(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_idx(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_cifar(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_patches(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_folder(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_csv(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_npy(const std::filesystem::path& path, Split wanted);
std::unique_ptr<Source> open_list(const std::filesystem::path& path, Split wanted);

// What is in a folder and in a ZIP alike. `tables` are names in the tree.
class FileTree;
std::unique_ptr<Source> open_tree(std::unique_ptr<const FileTree> tree);  // pictures and class folders
std::unique_ptr<Source> open_ecotaxa_tables(std::unique_ptr<const FileTree> tree,
                                            const std::vector<std::string>& tables);
std::unique_ptr<Source> open_morphocluster_index(std::unique_ptr<const FileTree> tree,
                                                 const std::string& table);
bool is_ecotaxa_name(std::string_view file);          // ecotaxa_export.tsv, in any folder
bool is_ecotaxa_table(std::string_view start);        // by its header: objects and their pictures
bool is_morphocluster_index(std::string_view start);  // by its header

}  // namespace simclr
