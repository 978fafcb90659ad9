// SPDX-License-Identifier: Apache-2.0
#include "core/images/seen_pictures.hpp"

#include <boost/test/unit_test.hpp>

using namespace gmtrain;

BOOST_AUTO_TEST_SUITE(seen_pictures)

BOOST_AUTO_TEST_CASE(a_hundredth_at_either_end_does_not_count) {
  SeenPictures seen;
  for (int i = 0; i < 300; ++i) seen.add({100 + i, 500 - i}, i, 0.5 * i);
  const auto ranges = seen.ranges();
  BOOST_REQUIRE(ranges.has_value());
  BOOST_TEST((ranges->heights == std::array<int64_t, 2>{103, 396}));
  BOOST_TEST((ranges->widths == std::array<int64_t, 2>{204, 497}));
  BOOST_TEST((ranges->means == std::array<float, 2>{3, 296}));
  BOOST_TEST((ranges->deviations == std::array<float, 2>{1.5F, 148}));
}

BOOST_AUTO_TEST_CASE(one_picture_is_its_own_range_and_none_has_no_range) {
  SeenPictures seen;
  BOOST_TEST(!seen.ranges().has_value());
  seen.add({3, 4}, 5, 6);
  BOOST_TEST((seen.ranges()->widths == std::array<int64_t, 2>{4, 4}));
}

BOOST_AUTO_TEST_SUITE_END()
