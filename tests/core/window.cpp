// SPDX-License-Identifier: Apache-2.0
#include "core/images/window.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <numeric>
#include <set>

#include "core/images/augmentation.hpp"

using namespace gmtrain;

namespace {

/// Two channels of 3x4 pixels: 1..12 and 101..112.
std::vector<uint8_t> small_image() {
  std::vector<uint8_t> image(24);
  std::iota(image.begin(), image.begin() + 12, uint8_t{1});
  std::iota(image.begin() + 12, image.end(), uint8_t{101});
  return image;
}

std::vector<int> cut(const Window& window, ImageSize size) {
  std::vector<uint8_t> out(2 * size.height * size.width, 77);
  copy_window(small_image().data(), 2, {3, 4}, window, out.data(), size);
  return {out.begin(), out.end()};
}

const auto kEach = boost::test_tools::per_element();

}  // namespace

BOOST_AUTO_TEST_SUITE(window)

BOOST_AUTO_TEST_CASE(a_window_is_copied_from_every_channel) {
  BOOST_TEST(cut({1, 1}, {2, 2}) == (std::vector<int>{6, 7, 10, 11, 106, 107, 110, 111}), kEach);
  BOOST_TEST(cut({1, 1, true}, {2, 2}) == (std::vector<int>{7, 6, 11, 10, 107, 106, 111, 110}),
             kEach);
}

BOOST_AUTO_TEST_CASE(over_the_border_are_zeros) {
  BOOST_TEST(cut({-1, -2}, {2, 3}) == (std::vector<int>{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 101}),
             kEach);
  BOOST_TEST(cut({2, 2}, {2, 3}) == (std::vector<int>{11, 12, 0, 0, 0, 0, 111, 112, 0, 0, 0, 0}),
             kEach);
  BOOST_TEST(
      cut({2, 2, true}, {2, 3}) == (std::vector<int>{0, 12, 11, 0, 0, 0, 0, 112, 111, 0, 0, 0}),
      kEach);
  BOOST_TEST(cut({-5, -9}, {1, 2}) == (std::vector<int>{0, 0, 0, 0}), kEach);
  BOOST_TEST(cut({0, 9, true}, {1, 2}) == (std::vector<int>{0, 0, 0, 0}), kEach);
  // Wider than the image on both sides.
  BOOST_TEST(cut({0, -1}, {1, 6}) == (std::vector<int>{0, 1, 2, 3, 4, 0, 0, 101, 102, 103, 104, 0}),
             kEach);
}

BOOST_AUTO_TEST_CASE(ten_windows_are_centre_and_corners_and_their_mirror_images) {
  const auto windows = ten_windows({8, 10}, {4, 4});
  const std::vector<std::pair<int, int>> places{{2, 3}, {0, 0}, {0, 6}, {4, 0}, {4, 6}};
  BOOST_TEST_REQUIRE(windows.size() == 10u);
  for (size_t i = 0; i < 10; ++i) {
    BOOST_TEST(windows[i].top == places[i % 5].first);
    BOOST_TEST(windows[i].left == places[i % 5].second);
    BOOST_TEST(windows[i].mirrored == (i >= 5));
  }
}

BOOST_AUTO_TEST_CASE(ten_crops_have_the_pixels_of_their_places) {
  const std::vector<std::vector<int>> expected{
      {2, 3, 6, 7},                                               // centre, towards the corner
      {1, 2, 5, 6}, {3, 4, 7, 8}, {5, 6, 9, 10}, {7, 8, 11, 12},  // corners
      {3, 2, 7, 6}, {2, 1, 6, 5}, {4, 3, 8, 7},  {6, 5, 10, 9},  {8, 7, 12, 11}};
  const auto windows = ten_windows({3, 4}, {2, 2});
  for (size_t i = 0; i < 10; ++i) {
    const auto pixels = cut(windows[i], {2, 2});
    for (size_t p = 0; p < 4; ++p) {
      BOOST_TEST(pixels[p] == expected[i][p], i << " " << p);
      BOOST_TEST(pixels[4 + p] == expected[i][p] + 100, i << " " << p);
    }
  }
}

BOOST_AUTO_TEST_CASE(crops_of_the_whole_image_are_the_image_and_its_mirror_image) {
  const auto windows = ten_windows({3, 4}, {3, 4});
  for (const Window& each : windows) {
    BOOST_TEST(each.top == 0);
    BOOST_TEST(each.left == 0);
  }
  BOOST_TEST(cut(windows[9], {3, 4}).front() == 4);
}

BOOST_AUTO_TEST_CASE(every_window_of_the_padded_image_is_as_likely) {
  const Augmentation augmentation{true, 2, {8, 8}};
  std::map<std::tuple<int64_t, int64_t, bool>, int> counts;
  constexpr int kImages = 50000;
  for (int i = 0; i < kImages; ++i) {
    const auto window = random_window(augmentation, {8, 8}, {1, 3, i});
    ++counts[{window.top, window.left, window.mirrored}];
  }
  BOOST_TEST_REQUIRE(counts.size() == 50u);  // 5 rows, 5 columns, mirrored or not
  BOOST_TEST(std::get<0>(counts.begin()->first) == -2);
  BOOST_TEST(std::get<0>(counts.rbegin()->first) == 2);
  // Binomial with mean 1000 and deviation 31: five deviations.
  for (const auto& [place, count] : counts) BOOST_TEST(std::abs(count - kImages / 50) < 160);
}

BOOST_AUTO_TEST_CASE(chance_follows_from_seed_epoch_and_image) {
  const Augmentation augmentation{true, 0, {50, 60}};
  std::set<std::tuple<int64_t, int64_t, bool>> seen;
  const auto at = [&](const Occasion& occasion) {
    const auto window = random_window(augmentation, {1000, 2000}, occasion);
    return std::tuple{window.top, window.left, window.mirrored};
  };
  for (const auto& occasion : {Occasion{1, 2, 3}, {2, 1, 3}, {3, 2, 1}, {1, 3, 2}, {1, 2, 4}}) {
    BOOST_TEST((at(occasion) == at(occasion)));
    seen.insert(at(occasion));
  }
  BOOST_TEST(seen.size() == 5u);
}

BOOST_AUTO_TEST_CASE(without_mirror_and_padding_only_the_crop_moves) {
  const Augmentation off{false, 0, {8, 8}};
  BOOST_TEST(off.is_off({8, 8}));
  BOOST_TEST(!off.is_off({8, 9}));
  for (int i = 0; i < 100; ++i) {
    const auto window = random_window(off, {8, 9}, {0, 0, i});
    BOOST_TEST(window.top == 0);
    BOOST_TEST(!window.mirrored);
  }
}

BOOST_AUTO_TEST_SUITE_END()
