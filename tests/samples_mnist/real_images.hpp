// SPDX-License-Identifier: Apache-2.0
// Real images by whom or what they show.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "samples/sample_fixture.hpp"

namespace gm_test {

const std::string kRun = GM_MNIST_RUN;
const std::string kModel = "--model=" + kRun + "/model.onnx --quiet ";

/// The files of a folder as `gmtrain attack` writes them, by the class in their name.
inline std::map<std::string, std::vector<fs::path>> by_class(const fs::path& folder) {
  std::map<std::string, std::vector<fs::path>> files;
  std::vector<fs::path> sorted(fs::directory_iterator(folder), {});
  std::sort(sorted.begin(), sorted.end());
  for (const fs::path& file : sorted) {
    const std::string stem = file.stem().string();
    files[stem.substr(stem.find('_') + 1)].push_back(file);
  }
  return files;
}

/// Links the first `count` images of each person into folders enrolled/<person>, the others into
/// probe/<person>.
inline void part(const SampleFixture& fixture,
                 const std::map<std::string, std::vector<fs::path>>& people, size_t count) {
  for (const auto& [person, files] : people) {
    for (size_t i = 0; i < files.size(); ++i) {
      const auto folder = fixture.folder / (i < count ? "enrolled" : "probe") / person;
      fs::create_directories(folder);
      fs::create_symlink(files[i], folder / files[i].filename());
    }
  }
}

/// A file of pairs, as many of the same person as of different people.
inline void write_pairs(const SampleFixture& fixture,
                        const std::map<std::string, std::vector<fs::path>>& people) {
  std::string text;
  for (auto person = people.begin(); person != people.end(); ++person) {
    const auto& own = person->second;
    const auto next = std::next(person) == people.end() ? people.begin() : std::next(person);
    for (size_t i = 1; i < own.size(); ++i) {
      text += own[i].string() + ' ' + own[i - 1].string() + " 1\n" + own[i].string() + ' ' +
              next->second[i % next->second.size()].string() + " 0\n";
    }
  }
  fixture.write_text("pairs.txt", text);
}

}  // namespace gm_test
