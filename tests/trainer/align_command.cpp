// SPDX-License-Identifier: Apache-2.0
#include <boost/test/unit_test.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/files/atomic_file.hpp"
#include "gmtrain/commands/commands.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace gmtrain;

BOOST_AUTO_TEST_SUITE(align_command_line)

BOOST_AUTO_TEST_CASE(points_come_from_a_file_or_a_detector) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "in/anna");
  for (const char* name : {"known.png", "unknown.png"}) {
    cv::imwrite((folder / "in/anna" / name).string(), cv::Mat(200, 200, CV_8UC3, cv::Scalar(9)));
  }
  write_file(folder / "points", "anna/known.png 60 80 110 80 85 105 65 130 105 130\n");
  AlignArguments arguments{folder / "in", folder / "out", folder / "points", "", 64};
  align_command(arguments);
  BOOST_TEST(cv::imread((folder / "out/anna/known.png").string()).rows == 64);
  BOOST_TEST(!std::filesystem::exists(folder / "out/anna/unknown.png"));

  const auto refusal = [&] {
    return message_of<std::runtime_error>([&] { align_command(arguments); });
  };
  arguments.detector = folder / "points";
  BOOST_TEST(contains(refusal(), "either --landmarks or --detector"));
  arguments.landmarks = "";
  BOOST_TEST(contains(refusal(), "expected a YuNet model"));
  arguments.detector = "";
  BOOST_TEST(contains(refusal(), "either --landmarks or --detector"));
}

BOOST_AUTO_TEST_SUITE_END()
