// Tells whether two images show the same person, measures how often that is right, and finds out
// who somebody is among people enrolled by a few images each. None of them need have been in the
// training: the network's features are compared, not its classes. So any model that was trained on
// enough people serves, and one of digits compares digits. Images are those the model was trained
// on: faces are aligned and cut out before.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <opencv2/core.hpp>
#include <opencv2/dnn_gm.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "chart.hpp"
#include "gallery.hpp"
#include "images.hpp"
#include "pairs.hpp"
#include "verification.hpp"

using cv::dnn_gm::OpenSetClassifier;
using samples::Chart;
using samples::Gallery;
using samples::ImageSet;
using samples::Pair;
using samples::RocPoint;

namespace {

const char* const kAbout =
    "Tells whether images show the same person, also one the model was not trained on.\n"
    "face_verification --model=model.onnx --threshold=T one.png other.png\n"
    "face_verification --model=model.onnx --pairs=FILE [--folder=PEOPLE] [one.png other.png]\n"
    "face_verification --model=model.onnx --people=PEOPLE [options] images or folders ...";

const char* const kKeys =
    "{threshold         |     | two images are of one person if their score is not below }"
    "{score             | cosine | by which two images are judged: cosine or euclidean }"
    "{pairs             |     | pairs.txt of LFW, or lines `file file 1` (same person) or `... 0`:"
    " measures accuracy and finds the threshold }"
    "{folder            |     | where the images of --pairs lie; by default beside that file }"
    "{roc               |     | picture to write (PNG): shares of --pairs accepted }"
    "{people            |     | folder with a folder of images of each person to enrol }";

struct Features {
  std::vector<std::string> files;  ///< that could be read
  cv::Mat rows;                    ///< [N,D], one for each
};

Features features_of(OpenSetClassifier& classifier, const std::vector<std::string>& files,
                     size_t batch) {
  Features all;
  all.files = samples::for_each_batch(files, batch, [&](const std::vector<cv::Mat>& images) {
    cv::Mat some;
    classifier.features(images, some);
    all.rows.push_back(some);
  });
  return all;
}

/// [N,D], a row for each of the files, which must all be images.
cv::Mat features_of_all(OpenSetClassifier& classifier, const std::vector<std::string>& files,
                        size_t batch) {
  const Features all = features_of(classifier, files, batch);
  if (all.files.size() < files.size()) {
    throw std::runtime_error(cv::format("expected %zu images, of which %zu could not be read",
                                        files.size(), files.size() - all.files.size()));
  }
  return all.rows;
}

/// Larger for features that are more alike.
using Score = std::function<double(const cv::Mat&, const cv::Mat&)>;

double cosine(const cv::Mat& x, const cv::Mat& y) {
  const double lengths = cv::norm(x) * cv::norm(y);
  return lengths > 0 ? x.dot(y) / lengths : 0;
}

double minus_distance(const cv::Mat& x, const cv::Mat& y) {
  return -cv::norm(x, y);
}

/// Minus the distance in standard deviations of the images of one person.
Score minus_mahalanobis(const Gallery& gallery) {
  cv::Mat deviations;
  cv::sqrt(gallery.variances(), deviations);
  deviations.convertTo(deviations, CV_32F);
  return
      [deviations](const cv::Mat& x, const cv::Mat& y) { return -cv::norm((x - y) / deviations); };
}

Score score_named(const std::string& name) {
  if (name == "cosine") return cosine;
  if (name == "euclidean") return minus_distance;
  throw std::runtime_error("--score must be cosine or euclidean, got " + name);
}

/// Adds a line to the table and one to the chart.
void report(const std::string& score, size_t pairs, const samples::Verification& result,
            Chart& chart) {
  const double area = samples::auroc(result.curve);
  std::printf("%-24s %7zu %11.2f %8.2f %10.4f %7.2f %7.4f\n", score.c_str(), pairs,
              100 * result.accuracy, 100 * result.standard_error, result.threshold,
              100 * samples::equal_error_rate(result.curve), area);
  std::vector<cv::Point2d> points;
  for (const RocPoint& p : result.curve) points.emplace_back(p.false_accepts, p.true_accepts);
  chart.curve(cv::format("%s, AUROC %.4f", score.c_str(), area), points);
}

/// Measures each score on the pairs.
/// @returns the best threshold of each
std::map<std::string, double> measure(const samples::PairsFile& file,
                                      const std::map<std::string, Score>& scores,
                                      OpenSetClassifier& classifier, size_t batch,
                                      const std::string& roc_file) {
  std::map<std::string, int> rows;  // of the images, each of which may be in many pairs
  for (const Pair& pair : file.pairs()) rows[pair.first] = rows[pair.second] = 0;
  std::vector<std::string> images;
  for (auto& [image, row] : rows) {
    row = static_cast<int>(images.size());
    images.push_back(image);
  }
  const cv::Mat features = features_of_all(classifier, images, batch);

  std::map<std::string, double> thresholds;
  Chart chart("Telling pairs of the same person from pairs of different people",
              "share of different accepted", "share of same accepted", {0, 1}, {0, 1});
  std::printf("%-24s %7s %11s %8s %10s %7s %7s\n", "score", "pairs", "accuracy %", "+-",
              "threshold", "EER %", "AUROC");
  for (const auto& [name, score] : scores) {
    std::vector<double> values;
    for (const Pair& pair : file.pairs()) {
      values.push_back(score(features.row(rows[pair.first]), features.row(rows[pair.second])));
    }
    const auto result = samples::verify(file.pairs(), values, file.folds());
    thresholds[name] = result.threshold;
    report(name, values.size(), result, chart);
  }
  if (!roc_file.empty()) samples::write_picture(roc_file, chart.picture());
  return thresholds;
}

void compare(const std::vector<std::string>& images, const std::string& name, double threshold,
             OpenSetClassifier& classifier) {
  const cv::Mat features = features_of_all(classifier, images, 2);
  const double score = score_named(name)(features.row(0), features.row(1));
  std::printf("%s %s: %s %.4f  threshold %.4f  %s\n", images[0].c_str(), images[1].c_str(),
              name.c_str(), score, threshold, score >= threshold ? "same" : "different");
}

Gallery enrol(const std::string& folder, OpenSetClassifier& classifier, size_t batch) {
  const std::string expected = folder + ": expected a folder with one of each person";
  if (!samples::is_folder(folder)) throw std::runtime_error(expected);
  cv::Mat features;
  std::vector<int> counts;
  std::vector<std::string> names;
  for (const auto& entry : samples::visible_entries(folder)) {
    const std::string person = entry.path().string();
    if (!samples::is_folder(person)) continue;
    const Features own = features_of(classifier, samples::image_files(person), batch);
    if (own.files.empty()) throw std::runtime_error(person + ": no image could be read");
    features.push_back(own.rows);
    counts.push_back(own.rows.rows);
    names.push_back(samples::base_name(person));
  }
  if (names.empty()) throw std::runtime_error(expected);
  return {features, counts, names};
}

/// Finds out who is on the images of one argument.
ImageSet identify(Gallery& gallery, OpenSetClassifier& classifier, const std::string& path,
                  size_t batch) {
  ImageSet set;
  set.name = samples::base_name(path);
  const Features found = features_of(classifier, samples::image_files(path), batch);
  if (found.files.empty()) return set;
  set.files = found.files;
  set.verdicts = gallery.identify(found.rows, classifier.getFalseRejectRate());
  return set;
}

/// A folder is taken for images of whom its name says.
void print_identified(const std::vector<ImageSet>& sets, const Gallery& gallery) {
  std::printf("%-24s %7s %9s %11s %8s\n", "images", "number", "as itself", "as another", "unknown");
  const auto print = [](const std::string& name, const cv::Vec3i& counts) {
    std::printf("%-24s %7d %9d %11d %8d\n", name.c_str(), counts[0] + counts[1] + counts[2],
                counts[0], counts[1], counts[2]);
  };
  cv::Vec3i enrolled, strangers;
  for (const ImageSet& set : sets) {
    cv::Vec3i counts;
    for (const auto& v : set.verdicts) ++counts[!v.accepted ? 2 : v.label != set.name];
    print(set.name, counts);
    const auto& names = gallery.names();
    const bool known = std::find(names.begin(), names.end(), set.name) != names.end();
    (known ? enrolled : strangers) += counts;
  }
  if (enrolled != cv::Vec3i()) print("all enrolled", enrolled);
  if (strangers != cv::Vec3i()) print("all others", strangers);
}

void recognize(Gallery& gallery, OpenSetClassifier& classifier,
               const std::vector<std::string>& paths, size_t batch, bool quiet) {
  const auto least = static_cast<float>(1. / (1 + gallery.calibration_count()));
  if (least >= classifier.getFalseRejectRate()) {
    std::printf(
        "So few images are enrolled that no p-value is below %.4f: nobody is unknown at a "
        "false-reject rate of %g.\n",
        least, classifier.getFalseRejectRate());
  }
  std::vector<ImageSet> folders;
  std::vector<size_t> read;
  for (const std::string& path : paths) {
    const ImageSet set = identify(gallery, classifier, path, batch);
    if (!quiet) samples::print_verdicts(set, "known", "unknown");
    read.push_back(set.files.size());
    if (samples::is_folder(path) && read.back() > 0) folders.push_back(set);
  }
  samples::check_read(paths, read);
  if (!folders.empty()) print_identified(folders, gallery);
}

void run(const cv::CommandLineParser& parser, const std::vector<std::string>& images) {
  const auto score = parser.get<std::string>("score");
  const auto pairs = parser.get<std::string>("pairs"), people = parser.get<std::string>("people");
  const bool has_threshold = parser.has("threshold");
  const size_t batch = samples::batch_size(parser);
  const double largest = std::numeric_limits<double>::max();
  double threshold = has_threshold ? samples::number(parser, "threshold", -largest, largest,
                                                     "a number such as 0.5")
                                   : 0;
  score_named(score);
  const bool measures = !pairs.empty(), identifies = !people.empty() && !images.empty();
  const bool compares = people.empty() && !images.empty();
  if (!measures && !identifies && !compares) {
    throw std::runtime_error("no images are given, nor --pairs");
  }
  if (compares && images.size() != 2) {
    throw std::runtime_error("expected two images, or --people=FOLDER to find out who it is");
  }
  if (compares && !measures && !has_threshold) {
    throw std::runtime_error("two images are judged by --threshold=T or what is best on --pairs");
  }
  const auto classifier = samples::open_model(parser);

  std::map<std::string, Score> scores{{"cosine", cosine}, {"euclidean", minus_distance}};
  std::optional<Gallery> gallery;
  if (!people.empty()) {
    gallery = enrol(people, *classifier, batch);
    scores["mahalanobis"] = minus_mahalanobis(*gallery);
  }
  if (measures) {
    const auto folder = parser.get<std::string>("folder");
    const samples::PairsFile file(pairs, folder.empty() ? samples::parent_folder(pairs) : folder);
    const auto best = measure(file, scores, *classifier, batch, parser.get<std::string>("roc"));
    if (!has_threshold) threshold = best.at(score);
  }
  if (identifies) recognize(*gallery, *classifier, images, batch, parser.has("quiet"));
  if (compares) compare(images, score, threshold, *classifier);
}

}  // namespace

int main(int argc, char** argv) {
  return samples::run_sample(argc, argv, "face_verification", kAbout, kKeys, run);
}
