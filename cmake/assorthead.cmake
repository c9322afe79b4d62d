# The target `assorthead`: headers of UMAP (umappp) and of what it builds on (knncolle, irlba, Eigen), from
# the PyPI package of that name, which has no CMake files of its own.
set(Assorthead_ROOT "" CACHE PATH "assorthead 0.2.2 or newer: the folder that holds umappp/ and Eigen/")
if(NOT Assorthead_ROOT)
  file(GLOB found ${CMAKE_SOURCE_DIR}/.deps/assorthead/lib/python3*/site-packages/assorthead/include)
  if(NOT found)
    message(FATAL_ERROR "assorthead not found. Run scripts/setup.sh, or pass "
                        "-DAssorthead_ROOT=/path/to/include")
  endif()
  list(GET found 0 Assorthead_ROOT)
endif()
foreach(header umappp/umappp.hpp Eigen/Dense)
  if(NOT EXISTS ${Assorthead_ROOT}/${header})
    message(FATAL_ERROR "no ${header} in Assorthead_ROOT=${Assorthead_ROOT}")
  endif()
endforeach()

add_library(assorthead INTERFACE)
target_include_directories(assorthead SYSTEM INTERFACE ${Assorthead_ROOT})
