// SPDX-License-Identifier: Apache-2.0
// What lies in the place of a data set, a recipe or a result and is none.
#include "bad_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <vector>

#include "core/calibration/calibration.hpp"
#include "core/faces/align.hpp"
#include "core/faces/pairs.hpp"
#include "core/images/cifar.hpp"
#include "core/images/decode.hpp"
#include "core/images/idx.hpp"
#include "core/images/image_folder.hpp"
#include "core/onnx/classifier.hpp"
#include "core/recipe/recipe.hpp"
#include "core/report/run_files.hpp"

using namespace gmtrain;
using namespace gmtrain::test;
using std::string;

namespace {

namespace data = boost::unit_test::data;
using Table = std::vector<BadFile>;

string bytes(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

void images(const fs::path& file) {
  read_idx_images(file);
}
void labels(const fs::path& file) {
  read_idx_labels(file);
}
void cifar_10(const fs::path& file) {
  CifarImages images;
  read_cifar(file, 1, images);
}
void cifar_100(const fs::path& file) {
  CifarImages images;
  read_cifar(file, 2, images);
}
void pairs(const fs::path& file) {
  read_pairs(file, "");
}
void landmarks(const fs::path& file) {
  read_landmarks(file);
}
void recipe(const fs::path& file) {
  Recipe::load(file);
}
void calibration(const fs::path& file) {
  Calibration::load(file, 3);
}
void evaluation(const fs::path& file) {
  report::read_evaluation(file);
}
void scores(const fs::path& file) {
  report::read_scores(file);
}
void metrics(const fs::path& file) {
  report::read_metrics(file);
}
void model(const fs::path& file) {
  read_classifier(file);
}
void image(const fs::path& file) {
  read_image(file.string());
}
void classes(const fs::path& folder) {
  list_images(folder, class_folders(folder));
}

constexpr uintmax_t kHuge = uintmax_t{1} << 36;

/// What is no regular file, in the place of each file that is read; and one of 64 GiB of nothing.
Table in_place_of_files() {
  struct Reader {
    const char* name;
    void (*read)(const fs::path&);
    const char* of_nothing;
  };
  Table table;
  for (const auto& [name, read, of_nothing] : std::vector<Reader>{
           {"IDX images", images, "found 0x00000000"},
           {"IDX labels", labels, "found 0x00000000"},
           {"CIFAR-10", cifar_10, "expected images of 3073 bytes each, found 68719476736"},
           {"CIFAR-100", cifar_100, "expected images of 3074 bytes each"},
           {"pairs", pairs, "expected at most 1073741824 bytes, found 68719476736"},
           {"landmarks", landmarks, "expected at most 1073741824 bytes"},
           {"recipe", recipe, "expected at most 67108864 bytes"},
           {"calibration", calibration, "expected at most 1073741824 bytes"},
           {"evaluation", evaluation, "expected at most 1073741824 bytes"},
           {"scores", scores, "expected at most 1073741824 bytes"},
           {"metrics", metrics, "expected at most 1073741824 bytes"},
           {"model", model, "expected at most 2147483647 bytes"}}) {
    const string of = string(name) + ": ";
    table.push_back({of + "a pipe", read, pipe(), "expected a regular file, found a pipe"});
    table.push_back(
        {of + "a device", read, link_to("/dev/zero"), "expected a regular file, found a device"});
    table.push_back({of + "a link to itself", read, link_to("file"), "symbolic links"});
    table.push_back({of + "a folder", read, folder(), "found a folder"});
    table.push_back({of + "64 GiB of nothing", read, sparse("", kHuge), of_nothing});
  }
  return table;
}

const string kImages = bytes({0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3}) + "0123456789ab";
const string kLabels = bytes({0, 0, 8, 1, 0, 0, 0, 5}) + "01234";
const string kGzip = bytes({0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x63, 0x60, 0, 0, 0, 0, 0, 0});

const Table kIdx{
    {"IDX: empty", images, "", "expected an IDX header of 16 bytes, found 0"},
    {"IDX: cut in its header", images, cut(kImages, 15), "header of 16 bytes, found 15"},
    {"IDX: a byte too few", images, cut(kImages, 27),
     "expected 12 bytes after the header for shape [2,2,3], found 11"},
    {"IDX: a byte too many", images, kImages + "c",
     "expected 12 bytes after the header for shape [2,2,3], found 13"},
    {"IDX: labels for images", images, kLabels + kLabels, "found 0x00000801"},
    {"IDX: floats", images, with(kImages, 2, "\x0d"), "found 0x00000d03"},
    {"IDX: little-endian", images, with(kImages, 0, bytes({3, 8, 0, 0})), "found 0x03080000"},
    {"IDX: gzip", images, kGzip, "it is still compressed"},
    {"IDX: gzip, cut", images, cut(kGzip, 9), "header of 16 bytes, found 9"},
    {"IDX: bit 31 of the number flipped", images, with(kImages, 4, "\x80"),
     "shape [2147483650,2,3]"},
    {"IDX: bit 0 of a side flipped", images, with(kImages, 11, "\x03"), "expected 18 bytes"},
    {"IDX: sizes beyond 64 bits", images, with(kImages, 4, string(12, '\xff')),
     "shape [4294967295,4294967295,4294967295]"},
    {"IDX: images without pixels", images,
     with(cut(kImages, 16), 4, bytes({0, 0, 0, 9, 0, 0, 0, 0})),
     "expected images of at least one pixel"},
    {"IDX: 60 000 images claimed", images, with(kImages, 6, bytes({0xea, 0x60})),
     "expected 360000 bytes"},
    {"IDX: a sparse file", images, sparse(kImages, kHuge), "expected 12 bytes after the header"},
    {"IDX labels: empty", labels, "", "header of 8 bytes, found 0"},
    {"IDX labels: a byte too few", labels, cut(kLabels, 12),
     "expected 5 bytes after the header for shape [5], found 4"},
    {"IDX labels: a byte too many", labels, kLabels + "5", "found 6"},
    {"IDX labels: images", labels, kImages, "found 0x00000803"},
    {"IDX labels: gzip", labels, kGzip, "it is still compressed"},
    {"IDX labels: 4 294 967 295 claimed", labels, with(kLabels, 4, string(4, '\xff')),
     "expected 4294967295 bytes"},
    {"CIFAR-10: empty", cifar_10, "", "expected images of 3073 bytes each, found 0"},
    {"CIFAR-10: a byte too few", cifar_10, string(3072, 'x'), "found 3072"},
    {"CIFAR-10: a byte too many", cifar_10, string(3074, 'x'), "found 3074"},
    {"CIFAR-10: gzip", cifar_10, kGzip, "expected images of 3073 bytes each"},
    {"CIFAR-100: as CIFAR-10", cifar_100, string(3073, 'x'),
     "expected images of 3074 bytes each, found 3073"}};

const Table kFaces{
    {"pairs: empty", pairs, "", ":0: expected \"<folds> <pairs of one person in each>\""},
    {"pairs: one number", pairs, "10\n", ":1: expected \"<folds>"},
    {"pairs: three numbers", pairs, "10 300 1\n", ":1: expected \"<folds>"},
    {"pairs: zeros", pairs, string(100, '\0'), ":1: expected \"<folds>"},
    {"pairs: a word", pairs, "ten 300\n",
     ":1: expected the folds, a number from 1 to 1000000000, got \"ten\""},
    {"pairs: no folds", pairs, "0 300\n", "got \"0\""},
    {"pairs: less than none", pairs, "-1 300\n", "got \"-1\""},
    {"pairs: a fraction", pairs, "1.5 300\n", "got \"1.5\""},
    {"pairs: a product beyond 64 bits", pairs, "9223372036854775807 9223372036854775807\n",
     "got \"9223372036854775807\""},
    {"pairs: a number beyond 64 bits", pairs, "99999999999999999999 1\n",
     "got \"99999999999999999999\""},
    {"pairs: pairs beyond the file", pairs, "1000000000 1000000000\nA 1 2\n",
     ":2: expected 2000000000000000000 pairs, the file ends after 1"},
    {"pairs: cut", pairs, "1 1\nA 1 2\n", ":2: expected 2 pairs, the file ends after 1"},
    {"pairs: two columns", pairs, "1 1\nA 1\nA 1 B 1\n", ":2: expected 3 columns"},
    {"pairs: four columns for one person", pairs, "1 1\nA 1 B 2\nA 1 B 1\n",
     ":2: expected 3 columns"},
    {"pairs: image 0", pairs, "1 1\nA 0 2\nA 1 B 1\n", ":2: expected an image"},
    {"pairs: no number", pairs, "1 1\nA 1x 2\nA 1 B 1\n", "got \"1x\""},
    {"pairs: an image twice", pairs, "1 1\nA 2 2\nA 1 B 1\n",
     ":2: expected two images, got 2 twice"},
    {"pairs: a person twice", pairs, "1 1\nA 1 2\nA 1 A 2\n",
     ":3: expected two people, got A twice"},
    {"pairs: a line too many", pairs, "1 1\nA 1 2\nA 1 B 2\nC 1 2\n",
     ":4: expected the end after 2 pairs"},
    {"landmarks: nine numbers", landmarks, "a.png 1 2 3 4 5 6 7 8 9\n",
     ":1: expected \"<image> <x> <y> ...\""},
    {"landmarks: eleven numbers", landmarks, "a.png 1 2 3 4 5 6 7 8 9 10 11\n", ":1: expected"},
    {"landmarks: a word", landmarks, "# points\na.png 1 2 3 4 five 6 7 8 9 10\n", ":2: expected"},
    {"landmarks: NaN", landmarks, "a.png nan 2 3 4 5 6 7 8 9 10\n", ":1: expected"},
    {"landmarks: beyond float32", landmarks, "a.png 1e99 2 3 4 5 6 7 8 9 10\n", ":1: expected"},
    {"landmarks: zeros", landmarks, string(100, '\0'), ":1: expected"},
    {"landmarks: an image twice", landmarks, "a 1 2 3 4 5 6 7 8 9 10\na 1 2 3 4 5 6 7 8 9 10\n",
     ":2: a comes twice"}};

/// A folder with what `fill` puts into it.
template <class Fill>
Made folder_with(Fill fill) {
  return Made([=](const fs::path& file) {
    fs::create_directory(file);
    fill(file);
  });
}

/// Of classes a and b, each with a picture, and what `add` puts beside them.
template <class Add>
Made classes_and(Add add) {
  return folder_with([=](const fs::path& file) {
    for (const char* name : {"a", "b"}) {
      fs::create_directory(file / name);
      Made("").make(file / name / "1.png");
    }
    add(file);
  });
}

const Table kFolders{
    {"classes: a file", classes, "", "Not a directory"},
    {"classes: nothing", classes, folder(), "expected a folder for each class, found nothing"},
    {"classes: pictures without folders", classes,
     folder_with([](const fs::path& in) { Made("").make(in / "1.png"); }),
     "expected a folder for each class, found 1.png"},
    {"classes: one without pictures", classes,
     classes_and([](const fs::path& in) { fs::remove(in / "b/1.png"); }),
     "b: expected images, found none"},
    {"classes: one with a folder called as a picture", classes, classes_and([](const fs::path& in) {
       fs::remove(in / "b/1.png");
       fs::create_directory(in / "b/2.png");
     }),
     "b: expected images, found none"},
    {"classes: not UTF-8", classes,
     classes_and([](const fs::path& in) { fs::create_directory(in / "caf\xe9"); }),
     "expected class folders with names of one line in UTF-8, found \"caf\xef\xbf\xbd\""},
    {"classes: a name of two lines", classes,
     classes_and([](const fs::path& in) { fs::create_directory(in / "c\nd"); }), "found \"c\\nd\""},
    {"classes: a link to itself", classes,
     classes_and([](const fs::path& in) { fs::create_symlink("c", in / "c"); }),
     "c: expected a class folder, found a link that leads nowhere"},
    {"classes: links in a circle", classes, classes_and([](const fs::path& in) {
       fs::create_symlink("d", in / "c");
       fs::create_symlink("c", in / "d");
     }),
     "found a link that leads nowhere"},
    {"classes: a link to nothing", classes,
     classes_and([](const fs::path& in) { fs::create_symlink("none", in / "c"); }),
     "c: expected a class folder, found a link that leads nowhere"}};

/// A PNG file of 30 000 x 30 000 grey pixels, without them.
const string kPng =
    "\x89PNG\r\n\x1a\n" + bytes({0, 0, 0, 13}) + "IHDR" +
    bytes({0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 0, 0, 0, 0, 0x43, 0x4c, 0xa7, 0x66}) +
    bytes({0, 0, 0, 0}) + "IEND" + bytes({0xae, 0x42, 0x60, 0x82});

const Table kPictures{
    {"picture: empty", image, "", "the file is empty"},
    {"picture: text", image, "this is no image", "expected an image that OpenCV reads"},
    {"picture: cut", image, cut(kPng, 20), "the PNG file is cut short"},
    {"picture: 30 000 x 30 000 pixels", image, kPng, "pixels, got 30000x30000"},
    {"picture: a pipe", image, pipe(), "cannot be read: "},
    {"picture: a device", image, link_to("/dev/zero"), "cannot be read: "},
    {"picture: a link to itself", image, link_to("file"), "cannot be read: "},
    {"picture: a folder", image, folder(), "cannot be read: "}};

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_files)

BOOST_DATA_TEST_CASE(in_the_place_of_files, data::make(in_place_of_files())) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(data_sets, data::make(kIdx)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(faces, data::make(kFaces)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(pictures, data::make(kPictures)) {
  check_refusal(sample);
}
BOOST_DATA_TEST_CASE(class_folders_, data::make(kFolders)) {
  check_refusal(sample);
}

// The same files, where nothing is wrong with them: what the tables change is what is refused.
BOOST_AUTO_TEST_CASE(what_the_tables_begin_with_is_read) {
  const TemporaryFolder in;
  const auto read = [&](void (*reader)(const fs::path&), const Made& made) {
    fs::remove_all(in / "file");
    made.make(in / "file");
    BOOST_CHECK_NO_THROW(reader(in / "file"));
  };
  read(images, kImages);
  read(labels, kLabels);
  read(cifar_10, string(2 * 3073, 'x'));
  read(pairs,
       "\xef\xbb\xbf"
       "1\t1\nA\t1\t2\nA\t1\tB\t2\n\n");
  read(landmarks, "# points\na.png 1 2 3 4 5 6 7 8 9 10\n");
  read(classes, classes_and([](const fs::path& set) {
         fs::create_symlink("..", set / "a/up");
         fs::create_symlink("2.png", set / "b/2.png");
       }));
}

BOOST_AUTO_TEST_SUITE_END()
