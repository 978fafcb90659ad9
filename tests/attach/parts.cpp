// SPDX-License-Identifier: Apache-2.0
// Which pictures are for what.
#include "gmattach/parts.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

namespace {

namespace fs = std::filesystem;

/// Files that are called as pictures, which nothing here looks into.
void write_classes(const fs::path& folder, const std::map<std::string, int>& counts) {
  for (const auto& [name, count] : counts) {
    fs::create_directories(folder / name);
    for (int i = 0; i < count; ++i)
      gmtrain::write_file(folder / name / (std::to_string(100 + i) + ".png"), "");
  }
}

std::map<int64_t, int64_t> by_class(const std::vector<gmtrain::ImageFile>& files) {
  std::map<int64_t, int64_t> counts;
  for (const auto& file : files) ++counts[file.label];
  return counts;
}

struct TwoClasses {
  TemporaryFolder folder;
  gmattach::Options options;

  TwoClasses() {
    write_classes(folder / "images", {{"cat", 40}, {"dog", 80}});
    options.images = folder / "images";
    options.held_out = 0.5;
    options.fit_images = 10;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parts)

BOOST_AUTO_TEST_CASE(a_share_of_each_class_is_held_out_however_few_are_fitted_to) {
  const TwoClasses two;
  const auto parts = gmattach::parts_of(two.options);
  BOOST_TEST((by_class(parts.fit) == std::map<int64_t, int64_t>{{0, 10}, {1, 10}}));
  BOOST_TEST(parts.calibrate.size() == 30U);
  BOOST_TEST(parts.choose.size() == 15U);
  BOOST_TEST(parts.test.size() == 15U);
  std::set<std::string> paths;
  for (const auto* part : {&parts.fit, &parts.choose, &parts.calibrate, &parts.test})
    for (const auto& file : *part) BOOST_TEST(paths.insert(file.path).second, file.path);
}

BOOST_AUTO_TEST_CASE(a_folder_to_test_leaves_two_thirds_to_calibrate_on) {
  TwoClasses two;
  write_classes(two.folder / "test", {{"dog", 3}});
  two.options.test = two.folder / "test";
  const auto parts = gmattach::parts_of(two.options);
  BOOST_TEST(parts.calibrate.size() == 40U);
  BOOST_TEST(parts.choose.size() == 20U);
  BOOST_TEST((by_class(parts.test) == std::map<int64_t, int64_t>{{1, 3}}));
}

BOOST_AUTO_TEST_CASE(two_held_out_pictures_do_beside_a_folder_to_test) {
  TwoClasses two;
  two.options.held_out = 0.03;  // one of each class, or two of the larger
  const std::string message =
      message_of<std::runtime_error>([&] { gmattach::parts_of(two.options); });
  BOOST_TEST(contains(message, "images: expected at least 4 held-out pictures"), message);
  write_classes(two.folder / "test", {{"dog", 3}});
  two.options.test = two.folder / "test";
  const auto parts = gmattach::parts_of(two.options);
  BOOST_TEST(parts.calibrate.size() + parts.choose.size() >= 2U);
  BOOST_TEST(parts.choose.size() >= 1U);
}

BOOST_AUTO_TEST_CASE(a_folder_to_test_without_pictures_is_told) {
  TwoClasses two;
  fs::create_directories(two.folder / "test" / "dog");
  two.options.test = two.folder / "test";
  const std::string message =
      message_of<std::runtime_error>([&] { gmattach::parts_of(two.options); });
  BOOST_TEST(contains(message, (two.folder / "test").string()), message);
}

BOOST_AUTO_TEST_CASE(two_pictures_of_a_class_are_asked_for) {
  TwoClasses two;
  two.options.fit_images = 1;
  BOOST_TEST(message_of<std::runtime_error>([&] {
               gmattach::parts_of(two.options);
             }).find("expected two pictures of a class to fit to, got 2 of 2 classes") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(some_of_many_files_are_of_all_classes) {
  std::vector<gmtrain::ImageFile> files;
  for (int64_t k = 0; k < 10; ++k)
    for (int i = 0; i < 25; ++i) files.push_back({std::to_string(files.size()), k});
  BOOST_TEST(by_class(gmattach::at_even_steps(files, 100)).size() == 10U);
  BOOST_TEST(by_class(gmattach::at_even_steps(files, 100))[9] == 10);
  BOOST_TEST(gmattach::at_even_steps(files, 249).size() == 249U);
  BOOST_TEST(gmattach::at_even_steps(files, 1000).size() == 250U);
}

BOOST_AUTO_TEST_SUITE_END()
