// SPDX-License-Identifier: Apache-2.0
#include "core/logging/progress_bar.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "message_of.hpp"

using gmtrain::ProgressBar;
using gmtrain::ProgressBarOptions;

namespace {

/// A bar on a stream, with a clock that the test sets.
struct Watched {
  double now = 100;
  std::ostringstream out;

  ProgressBarOptions options(bool terminal) {
    ProgressBarOptions o;
    o.terminal = terminal;
    o.seconds = [this] { return now; };
    return o;
  }

  /// What was written since the last call.
  std::string take() {
    std::string text = out.str();
    out.str("");
    return text;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(progress_bar)

BOOST_AUTO_TEST_CASE(plain_lines_come_each_quarter_and_at_the_end) {
  Watched w;
  ProgressBar bar(w.out, 1000, "epoch 1/4", w.options(false));
  for (int done = 10; done <= 1000; done += 10) {
    w.now += 0.125;
    bar.update(done, "loss 1");
  }
  bar.finish("loss 0.5");
  const std::string text = w.take();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 4);
  BOOST_TEST(!contains(text, "\r"));
  BOOST_TEST(contains(text,
                      "epoch 1/4 [======                  ] 250/1000  80 images/s  "
                      "0:09 left  loss 1\n"));
  BOOST_TEST(contains(text, "[========================] 1000/1000  80 images/s  0:13  loss 0.5\n"));
}

BOOST_AUTO_TEST_CASE(a_terminal_line_is_rewritten_a_few_times_a_second) {
  Watched w;
  ProgressBar bar(w.out, 1000, "epoch", w.options(true));
  w.now += 0.1;
  bar.update(1, "a");
  BOOST_TEST(w.take() == "");
  w.now += 0.2;
  bar.update(2, "b");
  const std::string text = w.take();
  BOOST_TEST(text.front() == '\r');
  BOOST_TEST(contains(text, "b\x1b[K"));
  BOOST_TEST(!contains(text, "\n"));
  bar.finish("c");
  BOOST_TEST(w.take().back() == '\n');
}

BOOST_AUTO_TEST_CASE(the_rate_is_that_of_the_last_seconds) {
  Watched w;
  ProgressBar bar(w.out, 100000, "epoch", w.options(true));
  for (int i = 1; i <= 20; ++i) {  // 20 seconds at 10 a second
    w.now += 1;
    bar.update(10 * i, "");
  }
  for (int i = 1; i <= 10; ++i) {  // 10 seconds at 500 a second
    w.now += 1;
    w.take();
    bar.update(200 + 500 * i, "");
  }
  // 94800 left at 500 a second: 189.6 s.
  BOOST_TEST(contains(w.take(), "5200/100000  500 images/s  3:10 left"));
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_the_cursor_on_a_new_line) {
  Watched w;
  {
    ProgressBar bar(w.out, 10, "epoch", w.options(true));
    w.now += 1;
    bar.update(5, "");
  }
  BOOST_TEST(w.take().back() == '\n');
  { ProgressBar bar(w.out, 10, "epoch", w.options(true)); }
  BOOST_TEST(w.take() == "");
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_no_division_by_zero) {
  Watched w;
  ProgressBar bar(w.out, 0, "empty", w.options(false));
  bar.update(0, "");
  bar.finish("");
  BOOST_TEST(!contains(w.take(), "nan"));
}

BOOST_AUTO_TEST_SUITE_END()
