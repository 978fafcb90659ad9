# Only the front: each target calls .ci/install, CMake, CTest or a script.
PRESET ?= release

.PHONY: help demo test build data format clean install configure
help:
	@echo "make demo     train on MNIST, export, classify with OpenCV; pictures in build/demo"
	@echo "make test     build everything and run all tests that need no GPU"
	@echo "make build    build everything"
	@echo "make data     fetch the data sets into build/data"
	@echo "make format   lay out the sources with clang-format"
	@echo "make clean    remove build folders"
	@echo "Each installs what it lacks (Debian packages; Python ones inside the build folder)."
	@echo "PRESET=release|debug|asan chooses a configuration of CMakePresets.json."

demo data: configure
	@cmake --build --preset $(PRESET) --target $@

build: configure
	@cmake --build --preset $(PRESET)

test: build
	@ctest --preset $(PRESET)

format:
	@.ci/install clang-format
	@.ci/format

clean:
	rm -rf build build-*

install:
	@.ci/install

configure: install
	@cmake --preset $(PRESET)
