#include "core/report/figures_folder.hpp"

#include <fmt/format.h>

#include <opencv2/imgcodecs.hpp>
#include <stdexcept>

#include "core/files/atomic_file.hpp"
#include "core/report/raster.hpp"

namespace gmtrain::report {

namespace fs = std::filesystem;

void write_figures(const fs::path& folder, const std::vector<NamedChart>& charts) {
  write_folder(folder, [&](const fs::path& unfinished) {
    for (const auto& [name, chart] : charts) {
      write_file(unfinished / (name + ".svg"), to_svg(chart));
      const fs::path png = unfinished / (name + ".png");
      if (!cv::imwrite(png.string(), to_raster(chart))) {
        throw std::runtime_error(fmt::format("cannot write {}", png.string()));
      }
    }
  });
}

}  // namespace gmtrain::report
