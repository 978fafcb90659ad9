// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <algorithm>

#include "core/files/atomic_file.hpp"
#include "core/files/folder_lock.hpp"
#include "core/images/encode.hpp"
#include "core/logging/log.hpp"
#include "gmtrain/attacks/ball.hpp"
#include "gmtrain/commands/commands.hpp"
#include "gmtrain/data/preparation.hpp"
#include "gmtrain/evaluation/image_set.hpp"
#include "gmtrain/run.hpp"

namespace gmtrain {
namespace {

using Transform = std::function<torch::Tensor(const Batch&)>;

/// The first `count` images of a data set; 0: all of them.
ImageSet first_of(const std::string& name, std::shared_ptr<Dataset> dataset, int64_t count) {
  auto indices = all_indices(count > 0 ? std::min(count, dataset->size()) : dataset->size());
  return {name, std::move(dataset), std::move(indices)};
}

/// Fills a folder in `parent` with the images of a set, each batch passed through `transform`, as
/// <number>_<class>.png. The folder appears when it is complete.
void write_images(const std::filesystem::path& parent, const ImageSet& set,
                  const Transform& transform) {
  const auto folder = parent / set.name;
  int64_t written = 0;
  write_folder(folder, [&](const std::filesystem::path& unfinished) {
    for_each_batch(set, set.name, [&](const Batch& batch) {
      const auto images = transform(batch);
      for (int64_t i = 0; i < images.size(0); ++i, ++written) {
        const auto name =
            fmt::format("{:05}_{}.png", batch.indices[i], batch.labels[i].item<int64_t>());
        write_image(unfinished / name, to_matrix(images[i]));
      }
    });
  });
  log_info(fmt::format("wrote {} images to {}", written, folder.string()));
}

}  // namespace

void attack_command(const AttackArguments& arguments) {
  TrainedRun run = open_run(arguments.run, arguments.data_root);
  const FolderLock lock(run.folder.path);
  const auto folder = run.folder.images();
  const auto calibration = calibration_for_attacks(run);
  const Transform unchanged = [](const Batch& batch) { return batch.images; };
  const auto test = open_dataset(run.data, run.data.path, Split::test);
  write_images(folder, first_of("clean", test, arguments.images), unchanged);
  for (const auto& [name, attack] : run.evaluation.attacks) {
    const int64_t wanted = arguments.images > 0 ? arguments.images : test->size();
    const int64_t count =
        attack->is_iterative() ? std::min(wanted, run.evaluation.strong_attack_images) : wanted;
    write_images(folder, first_of(name, test, count), [&, &made = *attack](const Batch& batch) {
      return to_pixels(made.run(*run.model, batch, calibration ? &*calibration : nullptr),
                       batch.images)
          .cpu();
    });
  }
  for (const std::string& path : run.data.outliers) {
    write_images(
        folder,
        first_of(set_name(path), open_dataset(run.data, path, Split::test), arguments.images),
        unchanged);
  }
}

}  // namespace gmtrain
