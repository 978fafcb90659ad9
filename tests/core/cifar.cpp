// SPDX-License-Identifier: Apache-2.0
#include "core/images/cifar.hpp"

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

namespace {

/// An image in the form of the files: labels, then each plane full of its own value.
std::string record(std::initializer_list<char> labels, char red, char green, char blue) {
  std::string bytes(labels);
  for (const char value : {red, green, blue}) bytes.append(1024, value);
  bytes[labels.size()] = 99;  // the first red pixel
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cifar)

BOOST_AUTO_TEST_CASE(images_are_read_with_blue_first) {
  const TemporaryFolder folder;
  write_file(folder / "ten", record({3}, 1, 2, 4) + record({9}, 5, 6, 7));
  CifarImages images;
  read_cifar(folder / "ten", 1, images);
  BOOST_TEST(images.labels == (std::vector<uint8_t>{3, 9}), boost::test_tools::per_element());
  BOOST_TEST_REQUIRE(images.pixels.size() == 2 * 3072u);
  BOOST_TEST(images.pixels[0] == 4);
  BOOST_TEST(images.pixels[1024] == 2);
  BOOST_TEST(images.pixels[2048] == 99);
  BOOST_TEST(images.pixels[2049] == 1);
  BOOST_TEST(images.pixels[3072] == 7);
  BOOST_TEST(images.pixels[6143] == 5);
}

BOOST_AUTO_TEST_CASE(of_two_labels_the_fine_one_counts) {
  const TemporaryFolder folder;
  write_file(folder / "hundred", record({19, 77}, 1, 2, 4));
  CifarImages images;
  read_cifar(folder / "hundred", 2, images);
  read_cifar(folder / "hundred", 2, images);
  BOOST_TEST(images.labels == (std::vector<uint8_t>{77, 77}), boost::test_tools::per_element());
  BOOST_TEST(images.pixels[0] == 4);
  BOOST_TEST(images.pixels[5120] == 99);
}

BOOST_AUTO_TEST_CASE(broken_files_are_named) {
  const TemporaryFolder folder;
  const auto reading = [&](const std::string& name) {
    CifarImages images;
    return message_of<std::runtime_error>([&] { read_cifar(folder / name, 1, images); });
  };
  write_file(folder / "short", record({3}, 1, 2, 4).substr(1));
  write_file(folder / "empty", "");
  BOOST_TEST(contains(reading("short"), "short: expected images of 3073 bytes each, found 3072"));
  BOOST_TEST(contains(reading("empty"), "empty: expected images"));
  BOOST_TEST(contains(reading("absent"), "absent: no such file"));
}

BOOST_AUTO_TEST_SUITE_END()
