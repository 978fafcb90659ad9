#include "core/report/figures_folder.hpp"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/report/raster.hpp"

namespace gmtrain::report {
namespace {

namespace fs = std::filesystem;

void write_into(const fs::path& folder, const std::vector<NamedChart>& charts) {
  fs::create_directories(folder);
  for (const auto& [name, chart] : charts) {
    write_file(folder / (name + ".svg"), to_svg(chart));
    const fs::path png = folder / (name + ".png");
    if (!cv::imwrite(png.string(), to_raster(chart))) {
      throw std::runtime_error(fmt::format("cannot write {}", png.string()));
    }
  }
}

}  // namespace

void write_figures(const fs::path& folder, const std::vector<NamedChart>& charts) {
  const fs::path unfinished = folder.string() + ".unfinished";
  fs::remove_all(unfinished);
  try {
    write_into(unfinished, charts);
    fs::remove_all(folder);
    fs::rename(unfinished, folder);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(unfinished, ignored);
    throw;
  }
}

}  // namespace gmtrain::report
