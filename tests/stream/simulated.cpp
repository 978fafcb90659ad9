// SPDX-License-Identifier: Apache-2.0
// Measures StreamAlarm on pictures that are drawn at random, with a calibration of its own for each
// stream: what doc/stream.md has of simulated streams.
//
//   simulated_streams [STREAMS]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <opencv2/dnn_gm.hpp>
#include <random>
#include <vector>

#include "dnn_gm/src/calibration_table.hpp"

using namespace cv::dnn_gm;

namespace {

constexpr double kRate = 1e-6;
constexpr int kPictures = 10000;

/// A calibration: tables of as many samples each for some classes, which are equally frequent.
struct Setting {
  const char* name;
  int samples, classes;
  bool two_scores;  ///< energy and doubt, which are correlated; else distance
  bool together;    ///< the alarm takes classes to come mixed
};

constexpr Setting kSettings[] = {
    {"1000 by distance", 1000, 1, false, false},
    {"5000 by distance", 5000, 1, false, false},
    {"1000 by energy and doubt", 1000, 1, true, false},
    {"5000 by energy and doubt", 5000, 1, true, false},
    {"10 classes of 500, any order", 500, 10, true, false},
    {"10 classes of 500, mixed", 500, 10, true, true},
    {"10 classes of 1000, any order", 1000, 10, true, false},
    {"10 classes of 1000, mixed", 1000, 10, true, true},
};

struct Picture {
  int class_id;
  double p_value;
};

class Pictures {
 public:
  Pictures(const Setting& setting, int seed) : setting_(setting), random_(seed) {
    for (int k = 0; k < setting.classes; ++k) {
      std::vector<float> first(setting.samples), second(setting.samples);
      for (int i = 0; i < setting.samples; ++i) draw(first[i], second[i]);
      if (!setting.two_scores) std::sort(first.begin(), first.end());
      tables_.push_back(setting.two_scores ? calibrationTable(first, second) : first);
    }
  }

  Picture clean() {
    float first, second;
    draw(first, second);
    return ranked(first, second);
  }

  Picture foreign() { return ranked(100, 100); }

  bool with_chance(double share) { return std::bernoulli_distribution(share)(random_); }

 private:
  void draw(float& first, float& second) {
    first = normal_(random_);
    second = 0.5F * first + normal_(random_);
  }

  Picture ranked(float first, float second) {
    const int k = std::uniform_int_distribution<int>(0, setting_.classes - 1)(random_);
    const CalibrationTable table = {tables_[k].data(), setting_.two_scores ? 3 : 1,
                                    setting_.samples, setting_.samples};
    return {k, pValue(setting_.two_scores ? 0 : first, first, second, table)};
  }

  Setting setting_;
  std::mt19937_64 random_;
  std::normal_distribution<float> normal_;
  std::vector<std::vector<float>> tables_;
};

cv::Ptr<StreamAlarm> alarm_for(const Setting& setting) {
  return StreamAlarm::create(kRate, setting.together
                                        ? std::vector<int>{setting.samples * setting.classes}
                                        : std::vector<int>(setting.classes, setting.samples));
}

/// The same bets on p-values that are taken to be uniform.
class Trusting {
 public:
  bool update(double p_value) {
    double sum = 0;
    for (int j = 0; j < 9; ++j) {
      const double power = (j + 1) / 10.;
      won_[j] = (1 + won_[j]) * power * std::pow(p_value, power - 1);
      sum += won_[j];
    }
    return sum / 9 >= 1 / kRate;
  }

 private:
  double won_[9] = {};
};

void print_false_alarms(const Setting& setting, int streams) {
  int rung = 0, trusting_rung = 0, winning = 0;
  for (int i = 0; i < streams; ++i) {
    Pictures pictures(setting, i);
    const auto alarm = alarm_for(setting), first = alarm_for(setting);
    double payoff = 0;
    Trusting trusting;
    bool rings = false, trusting_rings = false;
    for (int n = 0; n < kPictures; ++n) {
      const Picture picture = pictures.clean();
      if (alarm->update(picture.p_value, picture.class_id)) rings = true;
      if (trusting.update(picture.p_value)) trusting_rings = true;
      first->reset();
      first->update(picture.p_value, picture.class_id);
      payoff += first->getLevel() / kRate / kPictures;
    }
    rung += rings;
    trusting_rung += trusting_rings;
    winning += payoff > 1;
  }
  std::printf("| %s | %.1f %% | %.1f %% | %.1f %% |\n", setting.name, 100. * rung / streams,
              100. * winning / streams, 100. * trusting_rung / streams);
  std::fflush(stdout);
}

/// Median number of pictures from a change to the alarm; 0 if most streams do not ring.
int median_delay(const Setting& setting, double share, int streams) {
  std::vector<int> delays;
  for (int i = 0; i < streams; ++i) {
    Pictures pictures(setting, i);
    const auto alarm = alarm_for(setting);
    constexpr int kClean = 2000;
    int delay = kPictures + 1;
    for (int n = 0; n < kClean + kPictures; ++n) {
      const bool foreign = n >= kClean && pictures.with_chance(share);
      const Picture picture = foreign ? pictures.foreign() : pictures.clean();
      if (!alarm->update(picture.p_value, picture.class_id) || n < kClean) continue;
      delay = n - kClean + 1;
      break;
    }
    delays.push_back(delay);
  }
  std::nth_element(delays.begin(), delays.begin() + streams / 2, delays.end());
  return delays[streams / 2] > kPictures ? 0 : delays[streams / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int streams = argc > 1 ? std::atoi(argv[1]) : 500;
  std::printf(
      "| calibration | clean streams that ring | in which a bet pays above 1 on average | that "
      "ring if p-values are taken to be uniform |\n|---|---|---|---|\n");
  for (const Setting& setting : kSettings) print_false_alarms(setting, streams);

  const double shares[] = {0.02, 0.05, 0.1, 0.2, 0.5, 1};
  std::printf(
      "\n| calibration | 2 %% | 5 %% | 10 %% | 20 %% | 50 %% | 100 %% |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const Setting& setting : kSettings) {
    std::printf("| %s |", setting.name);
    for (const double share : shares) {
      const int delay = median_delay(setting, share, 51);
      delay > 0 ? std::printf(" %d |", delay) : std::printf(" – |");
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}
