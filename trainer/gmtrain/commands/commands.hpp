// SPDX-License-Identifier: Apache-2.0
// The verbs of the command line, one function each. All throw std::exception with a message for
// the user.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gmtrain {

struct TrainArguments {
  std::filesystem::path recipe, out;
  std::vector<std::string> overrides;
  bool resume = false;
  std::string data_root = {};  ///< in place of data.root; empty: as the recipe says
};

struct RunArguments {
  std::filesystem::path run;
  std::string data_root;  ///< empty: where they were during training
};

struct EvaluateArguments : RunArguments {
  bool held_out = false;  ///< on the images that training held out, into held_out.json
};

struct ExportArguments : RunArguments {
  std::filesystem::path out;
  bool uncalibrated = false;
};

struct AttackArguments : RunArguments {
  int64_t images = 200;  ///< of each set; 0 is all
};

struct AlignArguments {
  std::filesystem::path images, out;
  std::filesystem::path landmarks, detector;  ///< one of them is empty
  int size = 128;
};

void train_command(TrainArguments arguments);
void calibrate_command(const RunArguments& arguments);
void evaluate_command(const EvaluateArguments& arguments);
void verify_command(const RunArguments& arguments);
void attack_command(const AttackArguments& arguments);
void report_command(const RunArguments& arguments);
void export_command(const ExportArguments& arguments);
void align_command(const AlignArguments& arguments);

}  // namespace gmtrain
