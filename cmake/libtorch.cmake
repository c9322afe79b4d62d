# The target `libtorch`: headers, libtorch_cpu.so and libc10.so, linked by hand.
# find_package(Torch) of a CUDA wheel demands a CUDA toolkit, and -ltorch would pull in the CUDA library
# on machines that have none; a CUDA build of LibTorch is loaded at run time instead (--device cuda).
set(LibTorch_ROOT "" CACHE PATH "LibTorch 2.11 or newer: the folder that holds include/ and lib/")
if(NOT LibTorch_ROOT)
  file(GLOB found ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/torch)
  if(NOT found)
    message(FATAL_ERROR "LibTorch not found. Run scripts/setup.sh, or pass -DLibTorch_ROOT=/path/to/libtorch")
  endif()
  list(GET found 0 LibTorch_ROOT)
endif()
if(NOT EXISTS ${LibTorch_ROOT}/lib/libtorch_cpu.so)
  message(FATAL_ERROR "no lib/libtorch_cpu.so in LibTorch_ROOT=${LibTorch_ROOT}")
endif()

add_library(libtorch INTERFACE)
target_include_directories(libtorch SYSTEM INTERFACE ${LibTorch_ROOT}/include
                                                     ${LibTorch_ROOT}/include/torch/csrc/api/include)
target_compile_options(libtorch INTERFACE -fopenmp)  # else at::parallel_for is silently serial
target_link_options(libtorch INTERFACE -Wl,-rpath,${LibTorch_ROOT}/lib -Wl,--allow-shlib-undefined)
file(GLOB gomp ${LibTorch_ROOT}/lib/libgomp*.so*)
target_link_libraries(libtorch INTERFACE ${LibTorch_ROOT}/lib/libtorch_cpu.so ${LibTorch_ROOT}/lib/libc10.so ${gomp})
