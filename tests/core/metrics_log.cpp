// SPDX-License-Identifier: Apache-2.0
#include "core/logging/metrics_log.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <limits>

#include "core/files/atomic_file.hpp"
#include "message_of.hpp"
#include "temporary_folder.hpp"

using gmtrain::MetricsLog;
using gmtrain::read_file;

BOOST_AUTO_TEST_SUITE(metrics_log)

BOOST_AUTO_TEST_CASE(one_object_a_line_at_once) {
  const TemporaryFolder folder;
  MetricsLog log(folder / "metrics.jsonl");
  log.write(1, {{"loss", 0.5}, {"error", 12}});
  BOOST_TEST(read_file(folder / "metrics.jsonl") == "{\"step\":1,\"loss\":0.5,\"error\":12.0}\n");
  log.write(2, {{"loss", std::numeric_limits<double>::quiet_NaN()}});
  BOOST_TEST(contains(read_file(folder / "metrics.jsonl"), "\n{\"step\":2,\"loss\":null}\n"));
}

BOOST_AUTO_TEST_CASE(resuming_drops_later_steps_and_half_a_line) {
  const TemporaryFolder folder;
  const auto file = folder / "metrics.jsonl";
  {
    MetricsLog log(file);
    for (const int64_t step : {10, 20, 30}) log.write(step, {{"x", 1}});
  }
  std::ofstream(file, std::ios::app) << "{\"step\":1";
  {
    MetricsLog log(file, 20);
    log.write(21, {});
  }
  BOOST_TEST(read_file(file) ==
             "{\"step\":10,\"x\":1.0}\n{\"step\":20,\"x\":1.0}\n{\"step\":21}\n");
}

BOOST_AUTO_TEST_CASE(a_new_training_starts_a_new_file) {
  const TemporaryFolder folder;
  MetricsLog(folder / "m").write(1, {{"x", 1}});
  MetricsLog(folder / "m").write(5, {});
  BOOST_TEST(read_file(folder / "m") == "{\"step\":5}\n");
  MetricsLog(folder / "new", 3).write(4, {});  // nothing there to go on with
  BOOST_TEST(read_file(folder / "new") == "{\"step\":4}\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_is_named) {
  const TemporaryFolder folder;
  BOOST_TEST(contains(
      message_of<std::runtime_error>([&] { MetricsLog(folder / "none" / "metrics.jsonl"); }),
      "metrics.jsonl"));
}

BOOST_AUTO_TEST_SUITE_END()
