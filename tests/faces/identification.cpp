// SPDX-License-Identifier: Apache-2.0
// Measures open-set identification on Labeled Faces in the Wild, the table in doc/faces.md: people
// with at least four images are enrolled by one, two or three of them, and the rest of theirs and
// images of strangers are looked for. Which strangers pass is set by a threshold, once on the
// cosine to the mean of a person's features of length 1, once on a GaussianMixture's log-density.
#include <cstdio>
#include <map>
#include <numeric>
#include <random>

#include "dnn_gm/samples/faces.hpp"

namespace {

/// Two names of one person each: neither strangers nor in the fit.
const std::vector<std::string> kTwice = {"Mireya_Elisa_Moscoso_Rodriguez",
                                         "Mireya_Moscoso",
                                         "Wang_Nan",
                                         "Nan_Wang",
                                         "John_Gruden",
                                         "Jon_Gruden"};

constexpr int kStrangers = 2000, kMostEnrolled = 3;

struct Person {
  std::string name;
  std::vector<cv::Mat> images;  ///< features, [1,D] float32
};

std::vector<Person> read(const std::string& folder, const FaceModel& model) {
  std::vector<Person> people;
  for (const auto& path : entriesOf(folder, true)) {
    ImageSet set(path);
    const cv::Mat features = featuresOf(set, model);
    people.push_back({set.name, {}});
    for (int i = 0; i < features.rows; ++i) people.back().images.push_back(features.row(i));
  }
  return people;
}

/// Who is what.
struct Draw {
  std::vector<Person> enrolled;  ///< images in the order in which they are enrolled
  std::vector<cv::Mat> strangers;
  cv::Mat fit;
  std::vector<std::string> fit_labels;
};

Draw draw(std::vector<Person> people, unsigned seed) {
  std::mt19937 random(seed);
  std::shuffle(people.begin(), people.end(), random);
  Draw drawn;
  for (auto& person : people) {
    std::shuffle(person.images.begin(), person.images.end(), random);
    const bool twice = std::count(kTwice.begin(), kTwice.end(), person.name) > 0;
    if (person.images.size() > kMostEnrolled) {
      drawn.enrolled.push_back(person);
    } else if (!twice && person.images.size() == 1 && drawn.strangers.size() < kStrangers) {
      drawn.strangers.push_back(person.images[0]);
    } else if (!twice) {
      for (const auto& image : person.images) {
        drawn.fit.push_back(image);
        drawn.fit_labels.push_back(person.name);
      }
    }
  }
  return drawn;
}

/// Who an image shows, and how sure that is.
struct Answer {
  std::string name;
  double score;
};

/// Of one method, for all images of the enrolled that are looked for, and of strangers.
struct Answers {
  std::vector<Answer> enrolled, strangers;
};

/// Share of the images of the enrolled that have the right name and a score above that of all
/// strangers but a share.
double right(const std::vector<std::string>& names, Answers answers, double accepted) {
  auto& strangers = answers.strangers;
  std::sort(strangers.begin(), strangers.end(),
            [](const Answer& a, const Answer& b) { return a.score > b.score; });
  const size_t allowed = size_t(accepted * double(strangers.size()) + 1e-9);
  double count = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto& answer = answers.enrolled[i];
    count += answer.name == names[i] &&
             (allowed >= strangers.size() || answer.score > strangers[allowed].score);
  }
  return count / double(names.size());
}

cv::Mat unit(const cv::Mat& row) {
  return row / cv::norm(row);
}

std::vector<Answer> by_cosine(const std::vector<cv::Mat>& images,
                              const std::vector<Person>& enrolled, int n) {
  cv::Mat means;
  for (const auto& person : enrolled) {
    cv::Mat sum = cv::Mat::zeros(person.images[0].size(), CV_32F);
    for (int i = 0; i < n; ++i) sum += unit(person.images[size_t(i)]);
    means.push_back(unit(sum));
  }
  std::vector<Answer> answers;
  for (const auto& image : images) {
    double most = 0;
    cv::Point at;
    cv::minMaxLoc(means * unit(image).t(), nullptr, &most, nullptr, &at);
    answers.push_back({enrolled[size_t(at.y)].name, most});
  }
  return answers;
}

std::vector<cv::dnn_gm::Verdict> judged(const std::vector<cv::Mat>& images,
                                        cv::dnn_gm::GaussianMixture& mixture) {
  cv::Mat rows;
  for (const auto& image : images) rows.push_back(image);
  return mixture.predict(rows);
}

std::vector<Answer> by_density(const std::vector<cv::dnn_gm::Verdict>& verdicts) {
  std::vector<Answer> answers;
  for (const auto& verdict : verdicts) answers.push_back({verdict.label, verdict.logDensity});
  return answers;
}

void measure(const cv::CommandLineParser& parser, const std::vector<cv::String>& folders) {
  check(folders.size() == 1, "expected a folder with a folder of images of each person");
  const auto mixture = cv::dnn_gm::GaussianMixture::create();
  mixture->setUnitLength(false);
  mixture->setShrinkage(0.9, 0.7);
  mixture->setFalseRejectRate(0);
  mixture->setFalseAcceptRate(0.01F);
  const auto people = read(folders[0], openFaceModel(parser, mixture));
  const int draws = number(parser, "draws", "a whole number from 1", 1);
  // By method and number of images enrolled: sums over draws, and of squares of differences.
  std::map<std::string, std::vector<double>> sums;
  std::map<int, double> promised_right, promised_strangers;
  for (int seed = 1; seed <= draws; ++seed) {
    const Draw drawn = draw(people, unsigned(seed));
    std::vector<cv::Mat> probes;
    std::vector<std::string> names;
    for (const auto& person : drawn.enrolled) {
      for (size_t i = kMostEnrolled; i < person.images.size(); ++i) {
        probes.push_back(person.images[i]);
        names.push_back(person.name);
      }
    }
    if (seed == 1) {
      std::printf("%zu enrolled, %zu images of theirs and %zu strangers; fitted to %d images\n",
                  drawn.enrolled.size(), probes.size(), drawn.strangers.size(), drawn.fit.rows);
    }
    mixture->fit(drawn.fit, drawn.fit_labels);
    mixture->removeAll();
    for (int n = 1; n <= kMostEnrolled; ++n) {
      for (const auto& person : drawn.enrolled) {
        mixture->enrol(person.name, person.images[size_t(n - 1)]);
      }
      const auto verdicts = judged(probes, *mixture), others = judged(drawn.strangers, *mixture);
      const std::map<std::string, Answers> methods = {
          {"cosine",
           {by_cosine(probes, drawn.enrolled, n), by_cosine(drawn.strangers, drawn.enrolled, n)}},
          {"mixture", {by_density(verdicts), by_density(others)}}};
      for (const auto& [method, answers] : methods) {
        auto& sum = sums[cv::format("%d images, %s", n, method.c_str())];
        sum.resize(3);
        const double accepted[] = {0.01, 0.001, 1};
        for (int i = 0; i < 3; ++i) sum[size_t(i)] += right(names, answers, accepted[i]) / draws;
      }
      for (size_t i = 0; i < names.size(); ++i) {
        promised_right[n] +=
            (verdicts[i].accepted && verdicts[i].label == names[i]) / double(names.size()) / draws;
      }
      for (const auto& verdict : others) {
        promised_strangers[n] += verdict.accepted / double(others.size()) / draws;
      }
    }
  }
  std::printf("%-24s %10s %10s %10s\n", "right % at strangers", "1 %", "0.1 %", "all");
  for (const auto& [method, rates] : sums) {
    std::printf("%-24s %10.2f %10.2f %10.2f\n", method.c_str(), 100 * rates[0], 100 * rates[1],
                100 * rates[2]);
  }
  for (int n = 1; n <= kMostEnrolled; ++n) {
    std::printf("%d images, setFalseAcceptRate(0.01): right %.2f %%, strangers %.2f %%\n", n,
                100 * promised_right[n], 100 * promised_strangers[n]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return runSample(
      argc, argv,
      "Measures open-set identification.\n"
      "identification --embedding=network.onnx [options] LFW",
      std::string("{draws | 6 | random choices of images to enrol and strangers }") + faceKeys,
      measure);
}
