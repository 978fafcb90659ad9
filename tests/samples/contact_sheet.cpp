// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <opencv2/imgcodecs.hpp>

#include "module/image_model.hpp"
#include "samples/sample_fixture.hpp"

using namespace gm_test;

namespace {

const cv::Scalar kColour(10, 200, 30);

struct Fixture : SampleFixture {
  Fixture() { ImageModel(1, cv::Mat()).write(path("model.onnx")); }

  void write_image(const std::string& name, const cv::Size& size) const {
    BOOST_REQUIRE(cv::imwrite(path(name), cv::Mat(size, CV_8UC3, kColour)));
  }

  /// The sheet of arguments, all of whose images are accepted.
  cv::Mat sheet(const std::string& arguments) const {
    const Result result =
        run(GM_CLASSIFY,
            "--model=model.onnx --false_reject_rate=0 --quiet --sheet=sheet.png " + arguments);
    BOOST_TEST(result.status == 0);
    return cv::imread(path("sheet.png"));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(contact_sheet, Fixture)

BOOST_AUTO_TEST_CASE(thin_pictures_are_drawn) {
  for (const cv::Size size : {cv::Size(1, 2000), cv::Size(3000, 2), cv::Size(1, 1)}) {
    write_image("thin.png", size);
    const cv::Mat picture = sheet("thin.png");
    BOOST_TEST((picture.size() == cv::Size(900, 126)));
    // 78 pixels long, and as wide as long where the picture is.
    BOOST_TEST(pixels_of(picture, kColour) == (size.width == size.height ? 78 * 78 : 78), size);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_that_has_vanished_is_drawn_grey) {
  // More lines than a pipe holds: the program waits for who reads them before it draws the sheet.
  write_images("set", 1, [](int) { return cv::Mat(5, 5, CV_8UC3, kColour); });
  for (int i = 1; i < 1500; ++i) {
    fs::create_hard_link(folder / "set/00.png", folder / ("set/" + std::to_string(10000 + i)));
  }
  const Result result = run("(" GM_CLASSIFY,
                            "--model=model.onnx --false_reject_rate=0 --sheet=sheet.png set | "
                            "(head -c 1 >first.txt; rm set/00.png; cat >rest.txt))");
  BOOST_TEST(contains(result.err, "set/00.png: cannot be read"));
  const cv::Mat picture = cv::imread(path("sheet.png"));
  BOOST_TEST_REQUIRE((picture.size() == cv::Size(900, 26 + 4 * 100)));
  const cv::Rect cell(0, 26, 90, 84);
  BOOST_TEST(pixels_of(picture(cell), cv::Scalar::all(200)) == 78 * 78);
  BOOST_TEST(pixels_of(picture(cell + cv::Point(90, 0)), kColour) == 78 * 78);
}

BOOST_AUTO_TEST_SUITE_END()
