// SPDX-License-Identifier: Apache-2.0
#include "gmattach/attach_command.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/files/json_text.hpp"
#include "core/logging/log.hpp"
#include "core/onnx/attach.hpp"
#include "core/onnx/model_parts.hpp"
#include "gmattach/forms.hpp"
#include "gmattach/parts.hpp"
#include "gmattach/rivals.hpp"
#include "gmattach/written_model.hpp"

namespace gmattach {
namespace {

using gmtrain::log_info;
using json = nlohmann::ordered_json;

/// A classifier that was cut and runs.
struct CutClassifier {
  gmtrain::Classifier classifier;
  gmtrain::Cut cut;
  FeatureNetwork network;
  cv::dnn_gm::ImagePreparation preparation;
};

cv::dnn_gm::ImagePreparation preparation_of(const Options& options,
                                            const gmtrain::ImageInput& input) {
  const auto side = [](int64_t given, int64_t own) {
    return static_cast<int>(given > 0 ? given : own);
  };
  cv::dnn_gm::ImagePreparation how;
  how.inputSize = {static_cast<int>(input.width), static_cast<int>(input.height)};
  how.resizeSize = {side(options.resize_width, input.width),
                    side(options.resize_height, input.height)};
  how.resizeMode = options.resize_mode;
  how.interpolation = options.interpolation;
  how.fill = static_cast<int>(options.fill);
  how.channelOrder = input.channels == 1 ? "GRAY" : options.channel_order;
  how.check();
  return how;
}

/// Calls make(); what it throws is told with the name of the model.
template <class Make>
auto with_model_name(const Options& options, Make make) {
  try {
    return make();
  } catch (const std::exception& error) {
    throw std::runtime_error(options.model.string() + ": " + error.what());
  }
}

std::pair<gmtrain::Classifier, gmtrain::Cut> read_and_cut(const Options& options) {
  auto classifier = gmtrain::read_classifier(options.model, options.height, options.width);
  return with_model_name(options, [&] {
    auto cut = find_cut(classifier, options.layer);
    log_info(fmt::format("{}: opset {}, cut at {}", options.model.string(), classifier.opset,
                         cut.where));
    if (options.features.empty()) cut.earlier = find_earlier_map(classifier, cut);
    if (!cut.earlier.tensor.empty())
      log_info(fmt::format("an earlier map: the means of {} channels of {}", cut.earlier.channels,
                           cut.earlier.tensor));
    return std::pair(std::move(classifier), std::move(cut));
  });
}

CutClassifier open(const Options& options) {
  auto [classifier, cut] = read_and_cut(options);
  return with_model_name(options, [&, &classifier = classifier, &cut = cut]() -> CutClassifier {
    FeatureNetwork network(classifier, cut, options.pixels);
    if (!network.takes_batches()) log_info("the network takes one picture at a time");
    auto preparation = preparation_of(options, classifier.input);
    return {std::move(classifier), std::move(cut), std::move(network), std::move(preparation)};
  });
}

/// The parts' features.
struct PartFeatures {
  Features fit, calibrate, test;
  ChoiceData choice;
  bool cross = false;          ///< whether `fit` and `calibrate` are for both, in turn
  gmtrain::SeenPictures seen;  ///< those that the head is calibrated on
};

/// A form is chosen by at most so many pictures, which are spoiled in six ways.
constexpr int64_t kChoosing = 1000;

PartFeatures compute_parts(CutClassifier& opened, const Parts& parts, const Options& options) {
  PartFeatures features;
  const auto compute = [&](const std::vector<gmtrain::ImageFile>& files, const char* label,
                           bool calibrates = false) {
    return compute_features(opened.network, files, opened.preparation, options, label,
                            calibrates ? &features.seen : nullptr);
  };
  features.calibrate = compute(parts.calibrate, "to calibrate on", true);
  features.cross = is_few(features.calibrate.size(), options.accept_rate);  // broken ones left out
  features.fit = compute(parts.fit, "to fit to", features.cross);
  features.test = compute(parts.test, "to measure on");
  auto choosing = compute_features(opened.network, at_even_steps(parts.choose, kChoosing),
                                   opened.preparation, options, "to choose by", spoilings());
  for (size_t i = 0; i < spoilings().size(); ++i)
    features.choice.spoiled.emplace_back(spoilings()[i].name, std::move(choosing[1 + i]));
  features.choice.held_out = std::move(choosing[0]);
  features.choice.background_columns = opened.cut.earlier.channels;
  return features;
}

CalibratedOn calibrated_on(const PartFeatures& parts, const Options& options) {
  const std::string folder = name_of(options.images);
  const int64_t held_out = parts.calibrate.size(), all = held_out + parts.fit.size();
  CalibratedOn on{held_out, fmt::format("{} images held out of {}", held_out, folder),
                  parts.seen.ranges(), &parts.calibrate};
  if (!parts.cross) return on;
  on.images = all;
  on.words =
      fmt::format("{} images of {}, a {}th in turn left out of the fit", all, folder, kFolds);
  on.held_out = nullptr;
  return on;
}

/// Takes an earlier map that the chosen form does not use out of the network.
void leave_out_earlier_map(const Options& options, CutClassifier& opened) {
  opened.cut.earlier = {};
  opened.network = FeatureNetwork(opened.classifier, opened.cut, options.pixels);
}

std::vector<Judged> judge_outliers(CutClassifier& opened,
                                   const std::vector<OutlierPictures>& outliers,
                                   const Options& options, cv::dnn_gm::GaussianMixture& mixture) {
  std::vector<Judged> sets;
  for (const OutlierPictures& each : outliers)
    sets.push_back(
        judge(each.name,
              compute_features(opened.network, each.files, opened.preparation, options, each.name),
              mixture));
  return sets;
}

json figures_of(const Options& options, const CutClassifier& opened, const PartFeatures& parts,
                const CalibratedOn& calibrated, const ChosenForm& chosen) {
  json tried = json::array();
  for (const TriedForm& one : chosen.tried) {
    json aurocs = json::object();
    for (const auto& [name, auroc] : one.aurocs) aurocs[name] = auroc;
    tried.push_back({{"form", in_words(one.form)},
                     {"error_percent", one.error_percent},
                     {"mean_auroc", one.mean_auroc()},
                     {"aurocs", aurocs}});
  }
  const auto& cut = opened.cut;
  const auto& choice = parts.choice;
  const int64_t broken =
      parts.fit.broken + choice.held_out.broken + parts.calibrate.broken + parts.test.broken;
  return {{"model", options.model.string()},
          {"out", options.out.filename().string()},
          {"opset", opened.classifier.opset},
          {"cut",
           {{"tensor", cut.tensor},
            {"where", cut.where},
            {"features", cut.dimension},
            {"classes", cut.classes},
            {"earlier_map", cut.earlier.tensor},
            {"earlier_channels", cut.earlier.channels},
            {"any_batch", opened.network.takes_batches()}}},
          {"images", options.images.string()},
          {"test_images", options.test.empty() ? json() : json(options.test.string())},
          {"parts",
           {{"fit", parts.fit.size()},
            {"choose", choice.held_out.size()},
            {"calibrate", parts.calibrate.size()},
            {"test", parts.test.size()},
            {"broken", broken},
            {"held_out", options.held_out},
            {"seed", options.seed}}},
          {"calibrated_on", calibrated.words},
          {"folds", parts.cross ? kFolds : 0},
          {"form",
           {{"chosen", in_words(chosen.form)},
            {"temperature", chosen.form.temperature},
            {"why", chosen.why},
            {"tried", tried}}}};
}

std::string as_percent(const json& share) {
  return share.is_number() ? fmt::format("{:.2f} %", 100 * share.get<double>()) : "not known";
}

void log_figures(const json& figures) {
  const json& test = figures.at("test");
  log_info(fmt::format("right of {} test pictures: own last layer {}, head {}; they agree on {}",
                       test.at("images").get<int64_t>(), as_percent(test.at("own_accuracy")),
                       as_percent(test.at("accuracy")), as_percent(test.at("agreement"))));
  log_info(fmt::format("refused of them: {} at the rate 1 %, {} at 5 %",
                       as_percent(test.at("false_reject_at_0.01")),
                       as_percent(test.at("false_reject_at_0.05"))));
  for (const auto& [name, set] : figures.at("outliers").items())
    log_info(fmt::format("{}: AUROC {:.4f}; accepted {} at the rate 1 %, {} at 5 %", name,
                         set.at("auroc").get<double>(), as_percent(set.at("accepted_at_0.01")),
                         as_percent(set.at("accepted_at_0.05"))));
}

void warn_of_few(int64_t calibrated, double accept_rate) {
  if (!is_few(calibrated, accept_rate)) return;
  gmtrain::log_warning(fmt::format(
      "{} pictures to calibrate on: the least p-value of what is merely far is 2/{}, so that it is "
      "not refused at the rate {:.3g}: give more pictures",
      calibrated, 1 + calibrated, 1 - accept_rate));
}

void check_own_classes(const std::vector<int64_t>& folder_of_class, const CutClassifier& opened,
                       const Parts& parts) {
  if (opened.cut.classes == 0)
    log_info("the network's own classes are not known: its own accuracy is left out");
  else if (folder_of_class.empty())
    log_info(
        fmt::format("the network has {} classes, {} has {} folders: its own accuracy is left "
                    "out (--labels says which is which)",
                    opened.cut.classes, "--images", parts.classes.size()));
}

std::filesystem::path beside(const std::filesystem::path& out, const char* extension) {
  return std::filesystem::path(out).replace_extension(extension);
}

/// What would be found out of a file to write only when all is computed.
/// @param option that names it
void check_can_be_written(const std::filesystem::path& file, const char* option,
                          const Options& options) {
  namespace fs = std::filesystem;
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error(fmt::format("{} {}: {}", option, file.string(), why));
  };
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (file.extension() != ".onnx") refuse("expected a name that ends in .onnx");
  if (!fs::is_directory(folder)) refuse("there is no folder " + folder.string());
  std::error_code absent;
  if (fs::equivalent(options.model, file, absent)) refuse("this is the classifier (--model)");
}

}  // namespace

void attach(const Options& options) {
  check_can_be_written(options.out, "--out", options);
  const Parts parts = parts_of(options);
  CutClassifier opened = open(options);
  const auto folder_of_class =
      opened.cut.classes > 0 ? folders_of_classes(options.labels, parts.classes, opened.cut.classes)
                             : std::vector<int64_t>();
  check_own_classes(folder_of_class, opened, parts);

  PartFeatures features = compute_parts(opened, parts, options);
  ChosenForm chosen = choose_form(features.fit, features.calibrate, features.choice, parts.classes);
  log_info(fmt::format("form of the head: {}, for {}", in_words(chosen.form), chosen.why));
  if (!chosen.form.background) leave_out_earlier_map(options, opened);
  if (features.cross) {
    log_info("few pictures: ten more fits, each without a tenth of them");
    chosen.mixture = cross_fit(chosen.form, features.fit, features.calibrate,
                               features.choice.background_columns, parts.classes);
  }
  auto& mixture = *chosen.mixture;
  const CalibratedOn calibrated = calibrated_on(features, options);
  log_info("calibrated on " + calibrated.words);
  warn_of_few(calibrated.images, options.accept_rate);

  json figures = figures_of(options, opened, features, calibrated, chosen);
  const std::string model = model_with_head(opened.network.model(), mixture, calibrated,
                                            opened.preparation, parts.classes, options);
  const Judged test = judge("test", std::move(features.test), mixture);
  check_written(model, test, calibrated.images);
  const auto outliers = judge_outliers(opened, parts.outliers, options, mixture);

  figures["test"] = test_figures(test, folder_of_class);
  figures["mistakes"] = mistake_figures(test);
  figures["outliers"] = json::object();
  for (const Judged& set : outliers) figures["outliers"][set.name] = outlier_figures(test, set);
  if (options.rivals)
    figures["rivals"] = rival_figures(features.fit, features.calibrate, test, outliers,
                                      opened.cut.dimension, folder_of_class);
  const std::string page = attach_page(figures, test, outliers, parts.classes);
  log_figures(figures);
  gmtrain::write_file(options.out, model);
  gmtrain::write_file(beside(options.out, ".json"), gmtrain::json_text(figures));
  gmtrain::write_file(beside(options.out, ".html"), page);
  log_info(fmt::format("wrote {}, and beside it .json and .html", options.out.string()));
}

void write_features_network(const Options& options) {
  check_can_be_written(options.features, "--features", options);
  const auto [classifier, cut] = read_and_cut(options);
  onnx::ModelProto model;
  try {
    const FeatureNetwork network(classifier, cut, options.pixels);
    model = network.model();
    log_info(network.takes_batches() ? "it takes pictures in batches"
                                     : "the network takes one picture at a time");
  } catch (const std::runtime_error& error) {
    // Another runtime may do what OpenCV cannot.
    gmtrain::log_warning(gmtrain::first_line(error.what()));
    gmtrain::CutOptions as_it_is{options.pixels};
    as_it_is.any_batch = false;
    model = with_model_name(options, [&, &classifier = classifier, &cut = cut] {
      return cut_network(classifier, cut, as_it_is);
    });
  }
  gmtrain::write_file(options.features, gmtrain::to_bytes(model));
}

}  // namespace gmattach
