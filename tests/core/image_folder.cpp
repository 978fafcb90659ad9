// SPDX-License-Identifier: Apache-2.0
#include "core/images/image_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;
namespace fs = std::filesystem;

namespace {

const auto kEach = boost::test_tools::per_element();

struct Folder {
  void add(const std::string& name) {
    fs::create_directories((folder / name).parent_path());
    write_file(folder / name, "");
  }

  std::vector<std::string> list(const std::vector<std::string>& classes) const {
    std::vector<std::string> names;
    for (const auto& [path, label] : list_images(folder.path(), classes)) {
      names.push_back(fs::relative(path, folder.path()).string() + "=" + std::to_string(label));
    }
    return names;
  }

  std::string refusal(const std::vector<std::string>& classes) const {
    return message_of<std::runtime_error>([&] { list(classes); });
  }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(image_folder, Folder)

BOOST_AUTO_TEST_CASE(images_come_label_by_label_in_the_order_of_their_names) {
  for (const char* name : {"cat/10.jpg", "cat/2.JPEG", "dog/1.png", "ant/x.pgm"}) add(name);
  for (const char* name : {"README", ".hidden/1.jpg", "cat/.2.jpg", "cat/notes.txt"}) add(name);
  fs::create_directories(folder / "cat/folder.jpg");
  BOOST_TEST(class_folders(folder.path()) == (std::vector<std::string>{"ant", "cat", "dog"}),
             kEach);
  BOOST_TEST(
      list({"dog", "cat", "ant"}) ==
          (std::vector<std::string>{"dog/1.png=0", "cat/10.jpg=1", "cat/2.JPEG=1", "ant/x.pgm=2"}),
      kEach);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_named) {
  add("cat/1.jpg");
  add("empty/notes.txt");
  BOOST_TEST(contains(refusal({"cat"}), "found empty"));
  BOOST_TEST(contains(refusal({"cat", "empty"}), "/empty: expected images, found none"));
  BOOST_TEST(contains(refusal({"cat", "dog", "empty"}), "/dog: expected a folder"));
  BOOST_TEST(list_images(folder.path(), {"cat", "dog", "empty"}, false).size() == 1u);
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { class_folders(folder / "cat"); }),
                      "/cat: expected a folder for each class, found 1.jpg"));
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { class_folders(folder / "absent"); }),
                      "absent"));
}

BOOST_AUTO_TEST_CASE(each_class_gives_its_share_to_the_test_set) {
  std::vector<ImageFile> files;
  for (const auto& [label, count] : std::vector<std::pair<int, int>>{{0, 10}, {1, 2}, {2, 200}}) {
    for (int i = 0; i < count; ++i) {
      files.push_back({std::to_string(label) + "/" + std::to_string(1000 + i), label});
    }
  }
  const auto names = [](const std::vector<ImageFile>& part) {
    std::vector<std::string> all;
    for (const auto& file : part) all.push_back(file.path);
    return all;
  };
  const auto split = split_by_class(files, 0.3, 1);
  std::map<int64_t, int> tested;
  for (const auto& file : split.test) ++tested[file.label];
  BOOST_TEST((tested == std::map<int64_t, int>{{0, 3}, {1, 1}, {2, 60}}));
  auto all = names(split.train);
  BOOST_TEST(std::is_sorted(all.begin(), all.end()));
  for (const auto& name : names(split.test)) all.push_back(name);
  std::sort(all.begin(), all.end());
  BOOST_TEST(all == names(files), kEach);
  BOOST_TEST(names(split_by_class(files, 0.3, 1).test) == names(split.test), kEach);
  BOOST_TEST(names(split_by_class(files, 0.3, 2).test) != names(split.test));
  BOOST_TEST(split_by_class(files, 0.999, 1).train.size() == 3u);  // one of each class
}

BOOST_AUTO_TEST_CASE(a_class_of_one_image_cannot_be_split) {
  const std::vector<ImageFile> files{{"set/a/1.jpg", 0}, {"set/a/2.jpg", 0}, {"set/b/1.jpg", 1}};
  BOOST_TEST(contains(message_of<std::runtime_error>([&] { split_by_class(files, 0.5, 0); }),
                      "set/b: expected at least two"));
}

BOOST_AUTO_TEST_SUITE_END()
