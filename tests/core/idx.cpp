// SPDX-License-Identifier: Apache-2.0
#include "core/images/idx.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
using std::string;

namespace {

string bytes(std::initializer_list<int> values) {
  return string(values.begin(), values.end());
}

const string kLabels = bytes({0, 0, 8, 1, 0, 0, 0, 3, 7, 255, 0});
const string kImages = bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 200});

}  // namespace

BOOST_AUTO_TEST_SUITE(idx)

BOOST_AUTO_TEST_CASE(files_are_read_as_the_format_says) {
  const TemporaryFolder folder;
  write_file(folder / "labels", kLabels);
  write_file(folder / "images", kImages);
  BOOST_TEST(read_idx_labels(folder / "labels") == (std::vector<uint8_t>{7, 255, 0}),
             boost::test_tools::per_element());
  const IdxImages images = read_idx_images(folder / "images");
  BOOST_TEST(images.count == 2);
  BOOST_TEST(images.height == 1);
  BOOST_TEST(images.width == 3);
  BOOST_TEST(images.pixels == (std::vector<uint8_t>{1, 2, 3, 4, 5, 200}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_written_is_what_was_read) {
  const TemporaryFolder folder;
  write_idx_labels(folder / "labels", {7, 255, 0});
  write_idx_images(folder / "images", {2, 1, 3, {1, 2, 3, 4, 5, 200}});
  BOOST_TEST(read_file(folder / "labels") == kLabels);
  BOOST_TEST(read_file(folder / "images") == kImages);
  // Sizes above one byte.
  std::vector<uint8_t> many(70000);
  std::iota(many.begin(), many.end(), uint8_t{0});
  write_idx_images(folder / "many", {2, 350, 100, many});
  const IdxImages read = read_idx_images(folder / "many");
  BOOST_TEST(read.height == 350);
  BOOST_TEST((read.pixels == many));
  write_idx_images(folder / "none", {0, 28, 28, {}});
  BOOST_TEST(read_idx_images(folder / "none").count == 0);
}

BOOST_AUTO_TEST_CASE(broken_files_are_named_with_what_was_expected) {
  const TemporaryFolder folder;
  const auto images = [&](const string& content) {
    write_file(folder / "file", content);
    const auto message = message_of<std::runtime_error>([&] { read_idx_images(folder / "file"); });
    BOOST_TEST(contains(message, (folder / "file").string()), message);
    return message;
  };
  BOOST_TEST(contains(images(kImages.substr(0, kImages.size() - 1)), "expected 6 bytes"));
  BOOST_TEST(contains(images(kImages + "x"), "expected 6 bytes"));
  BOOST_TEST(contains(images(kImages.substr(0, 15)), "header of 16 bytes, found 15"));
  BOOST_TEST(contains(images(""), "header of 16 bytes, found 0"));
  BOOST_TEST(contains(images(kLabels + "12345"), "0x00000803"));  // labels for images
  BOOST_TEST(contains(images("\x1f\x8b" + kImages), "still compressed"));
  string floats = kImages;
  floats[2] = 0x0d;
  BOOST_TEST(contains(images(floats), "0x00000d03"));
  // Sizes whose product wraps around in 64 bits: 2^32 - 1 each.
  string huge = kImages;
  huge.replace(4, 12, 12, '\xff');
  BOOST_TEST(contains(images(huge), "expected"));
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_idx_labels(folder / "none"); }),
                      "none: no such file; its folder holds file"));
  write_file(folder / "none.gz", kLabels);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_idx_labels(folder / "none"); }),
                      "none.gz beside it has to be unpacked"));
  write_file(folder / "none.gz", "");
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_idx_labels(folder / "none"); }),
                      "none.gz beside it is empty"));
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { read_idx_labels(folder.path()); }),
                      "found a folder"));
}

BOOST_AUTO_TEST_CASE(pixels_that_do_not_fill_the_shape_are_not_written) {
  const TemporaryFolder folder;
  BOOST_CHECK_THROW(write_idx_images(folder / "file", {2, 2, 2, {1, 2, 3}}), std::invalid_argument);
  BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()
