# SPDX-License-Identifier: Apache-2.0
# Only the front: each target calls .ci/install, CMake, CTest or a script.
PRESET ?= release

# CUDA_ARCH="8.6 9.0" compiles CUDA code for these architectures only.
export CUDA_ARCH
CONFIGURE = cmake --preset $(PRESET) $(if $(CUDA_ARCH),-DGM_CUDA_ARCH="$(CUDA_ARCH)")
BUILD = $(if $(filter release ci,$(PRESET)),build,build-$(PRESET))

.PHONY: help try demo test soak build data format clean install configure
.PHONY: opencv-cuda opencv5 test-in-tree test-opencv5 gpu-bundle test-gpu perf bench reproduce-mnist reproduce-cifar10 reproduce-faces \
        reproduce-outliers
help:
	@echo "make try      build the module, and let the models of data/models judge twenty pictures; trains nothing"
	@echo "make demo     train on MNIST, export, classify with OpenCV; pictures in build/demo"
	@echo "make test     build everything and run all tests that need no GPU"
	@echo "make soak     kill, stop and starve trainings for an hour (SOAK_MINUTES=n), and see that each goes on to the same bits"
	@echo "make build    build everything"
	@echo "make data     fetch the data sets into build/data"
	@echo "make reproduce-mnist    run Tables 1 and 6 and Figs. 1, 3-6 of the paper, write the tables of doc/results.md and doc/results/"
	@echo "                        (hours; goes on where it stopped)"
	@echo "make reproduce-cifar10  run ResNet-20 of Table 2 on CIFAR-10 (JPEG), shortened to 15 epochs (GM_ARCHIVES has it);"
	@echo "                        FULL=1 runs all 300, of three seeds: for a GPU"
	@echo "make reproduce-faces    verify pairs of people, digits and clothes that training never saw (GM_ARCHIVES has ORL)"
	@echo "make reproduce-outliers  measure gmattach and scores of others on pictures of no class (GM_ARCHIVES has them and the"
	@echo "                        networks); write the tables of doc/outliers.md"
	@echo "make perf     measure the head and the loss beside their stock compositions"
	@echo "make bench    measure all of doc/performance.md anew"
	@echo "make fuzz     run each fuzzer for FUZZ_SECONDS (60) under sanitizers, in build-fuzz"
	@echo "make test-asan-module  run the tests of module and samples under address and undefined-behaviour sanitizers"
	@echo "make test-threads      run classifiers in threads under the thread sanitizer"
	@echo "make sbom     list what is in the build, as CycloneDX, in build/sbom.json"
	@echo "make opencv-cuda   build OpenCV 4.14 with CUDA and this module, into ~/.cache/dnn_gm"
	@echo "make opencv5       build OpenCV 5.0 with this module, into ~/.cache/dnn_gm"
	@echo "make test-in-tree  build the first, or without a CUDA toolkit the same for the CPU, and run the module's tests in it"
	@echo "make test-opencv5  the same with OpenCV 5.0"
	@echo "make gpu-bundle    pack what a machine needs to run everything that takes a GPU, for CUDA_ARCH (9.0)"
	@echo "make test-gpu      run that on this machine, which has an NVIDIA GPU"
	@echo "make format   lay out the sources with clang-format"
	@echo "make clean    remove build folders"
	@echo "Each installs what it lacks (Debian packages; Python ones inside the build folder)."
	@echo "Reproducing takes OPTIONS=\"--device cuda\" for gmtrain, and JOBS=n for runs at once."
	@echo "PRESET=release|debug|asan chooses a configuration of CMakePresets.json."

try:
	@.ci/install --module
	@cmake --preset try
	@cmake --build --preset try --target classify
	@data/models/try.sh build-try

demo data: configure
	@cmake --build --preset $(PRESET) --target $@

build: configure
	@cmake --build --preset $(PRESET)

test: build
	@ctest --preset $(PRESET)

soak: configure
	@cmake --build --preset $(PRESET) --target gmtrain fail_call
	@python3 -B tests/survival/survival.py $(BUILD)/bin/gmtrain $(BUILD)/lib/libfail_call.so $(BUILD)/tests/soak \
	  --minutes $(or $(SOAK_MINUTES),60)

reproduce-mnist: configure
	@cmake --build --preset $(PRESET) --target reproduce_python gmtrain data
	@trainer/reproduce/run.sh trainer/reproduce/mnist.txt $(BUILD) doc/results

reproduce-cifar10: configure
	@cmake --build --preset $(PRESET) --target reproduce_python gmtrain data-cifar10-jpeg
	@trainer/reproduce/run.sh trainer/reproduce/cifar10$(if $(FULL),-full).txt $(BUILD) doc/results

reproduce-faces: configure
	@cmake --build --preset $(PRESET) --target reproduce_python gmtrain data data-orl
	@trainer/reproduce/run.sh trainer/reproduce/faces.txt $(BUILD) doc/results

reproduce-outliers: configure
	@cmake --build --preset $(PRESET) --target reproduce_python gmattach gmtrain data data-cifar10-jpeg
	@trainer/reproduce/outliers/run.sh $(BUILD) doc/results/outliers

# cv2 needs Python's headers and NumPy's.
opencv-cuda opencv5:
	@.ci/install python3-dev python3-numpy
	@modules/opencv.sh $(patsubst -%,%,$(@:opencv%=%))

test-in-tree:
	@.ci/install python3-dev python3-numpy
	@tests/in_tree.sh "$$(modules/opencv.sh cuda --where > /dev/null && echo cuda || echo 4)" $(BUILD)/in-tree

test-opencv5:
	@.ci/install python3-dev python3-numpy
	@tests/in_tree.sh 5 $(BUILD)/in-tree-5

gpu-bundle: install
	@tests/gpu/bundle.sh $(BUILD)

test-gpu: install
	@tests/gpu.sh $(BUILD)

perf:
	@.ci/install libbenchmark-dev
	@$(CONFIGURE) -DGM_BUILD_PERF=ON
	@cmake --build --preset $(PRESET)
	@perf/run.sh $(BUILD) $(PERF_OPTIONS)

bench:
	@.ci/install libbenchmark-dev
	@$(CONFIGURE) -DGM_BUILD_PERF=ON
	@cmake --build --preset $(PRESET)
	@cmake --build --preset $(PRESET) --target reproduce_python torch_python_packages opencv_python data || \
	  { echo "make bench needs a CUDA toolkit, without which PyPI's torch is not imported"; exit 1; }
	@perf/bench.sh $(BUILD) doc/performance.md $(PERF_OPTIONS)

.PHONY: fuzz test-asan-module test-threads sbom
# Clang's runtime has libFuzzer and the sanitizers; llvm-symbolizer names the functions of a fault.
fuzz:
	@.ci/install clang libclang-rt-dev llvm
	@cmake --preset fuzz
	@cmake --build --preset fuzz
	@tests/fuzz/run.sh build-fuzz $(FUZZERS)

test-asan-module:
	@.ci/install clang libclang-rt-dev llvm
	@cmake --preset asan-module
	@cmake --build --preset asan-module
	@ctest --preset asan-module

test-threads:
	@.ci/install
	@cmake --preset tsan
	@cmake --build --preset tsan
	@ctest --preset tsan

sbom: build
	@.ci/sbom $(BUILD)

format:
	@.ci/install clang-format
	@.ci/format

clean:
	rm -rf build build-*

install:
	@.ci/install

configure: install
	@$(CONFIGURE)
