// SPDX-License-Identifier: Apache-2.0
#include "core/files/safetensors.hpp"

#include <boost/test/unit_test.hpp>

#include "core/files/sha256.hpp"
#include "message_of.hpp"

using namespace gmtrain;
using boost::test_tools::per_element;
using std::string;

namespace {

/// A file with this header and as many bytes of tensors.
string file_of(const string& header, size_t bytes = 0) {
  string file;
  for (size_t i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return file + header + string(bytes, '\0');
}

string error_of(const string& file) {
  return message_of<std::runtime_error>([&] { parse_safetensors(file); });
}

string tensor(const string& type, const string& shape, const string& offsets) {
  return R"({"a":{"dtype":)" + type + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
  const string bytes = "0123456789abcdef";
  const std::string_view view = bytes;
  const SafeTensors written{{{"flags", "U8", {3}, view.substr(0, 3)},
                             {"scalar", "I64", {}, view.substr(0, 8)},
                             {"none", "F32", {0, 5}, ""},
                             {"matrix", "F32", {1, 2}, view.substr(4, 8)}},
                            {{"epoch", "3"}, {"a\n\"b\"", "\xc3\xa4"}}};
  const string file = to_safetensors(written);
  const SafeTensors read = parse_safetensors(file);
  BOOST_TEST((read.metadata == written.metadata));
  BOOST_TEST_REQUIRE(read.tensors.size() == 4u);
  // Large elements first, hence aligned.
  const size_t order[] = {1, 2, 3, 0};
  for (size_t i = 0; i < 4; ++i) {
    const StoredTensor &a = read.tensors[i], &b = written.tensors[order[i]];
    BOOST_TEST(a.name == b.name);
    BOOST_TEST(a.type == b.type);
    BOOST_TEST(a.shape == b.shape, per_element());
    BOOST_TEST(a.bytes == b.bytes);
  }
  BOOST_TEST((read.tensors[0].bytes.data() - file.data()) % 8 == 0);
}

BOOST_AUTO_TEST_CASE(a_file_of_the_format_is_read) {
  const auto read = parse_safetensors(file_of(tensor("\"F16\"", "[2,1]", "[0,4]") + "   ", 4));
  BOOST_TEST(read.tensors.at(0).name == "a");
  BOOST_TEST(read.tensors.at(0).bytes.size() == 4u);
  BOOST_TEST(parse_safetensors(file_of("{}")).tensors.empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_of_the_format_is_refused) {
  const string two_of_one_name = R"({"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]},)"
                                 R"("a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})";
  const auto two = [](const string& first, const string& second) {
    return R"({"a":{"dtype":"U8","shape":[2],"data_offsets":)" + first +
           R"(},"b":{"dtype":"U8","shape":[2],"data_offsets":)" + second + "}}";
  };
  for (const auto& [file, part] : std::vector<std::pair<string, string>>{
           {"", "at least 8 bytes"},
           {"1234567", "at least 8 bytes"},
           {string("\x03\0\0\0\0\0\0\0{}", 10), "header of 3 bytes, got 2"},
           {string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10),
            "header of 18446744073709551615 bytes"},
           {file_of(""), "an object in JSON"},
           {file_of("{"), "an object in JSON"},
           {file_of("[]"), "an object in JSON"},
           {file_of("{} x"), "an object in JSON"},
           {file_of("{\"\xff\":1}"), "an object in JSON"},
           {file_of(string(100000, '[')), "fewer levels"},
           {file_of(tensor("\"U8\"", "[[1]]", "[0,1]"), 1), "fewer levels"},
           {file_of(two_of_one_name, 1), "found \"a\" twice"},
           {file_of(R"({"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}})", 1),
            "found \"dtype\" twice"},
           {file_of(R"({"a":1})"), "tensor \"a\": expected dtype, shape and data_offsets"},
           {file_of(R"({"a":{"dtype":"U8","shape":[],"offsets":[0,1]}})", 1), "found none"},
           {file_of(tensor("\"F31\"", "[1]", "[0,4]"), 4), "got \"F31\""},
           {file_of(tensor("4", "[1]", "[0,4]"), 4), "got 4"},
           {file_of(tensor("\"U8\"", "1", "[0,1]"), 1), "expected an array"},
           {file_of(tensor("\"U8\"", "[-1]", "[0,1]"), 1), "whole numbers"},
           {file_of(tensor("\"U8\"", "[1.0]", "[0,1]"), 1), "whole numbers"},
           {file_of(tensor("\"U8\"", "[9223372036854775808]", "[0,1]"), 1), "whole numbers"},
           {file_of(tensor("\"U8\"", "[1]", "[0]"), 1), "a begin and an end"},
           {file_of(tensor("\"U8\"", "[1]", "[1,0]"), 1), "a begin and an end"},
           {file_of(tensor("\"U8\"", "[2]", "[0,2]"), 1), "whole numbers up to 1, got 2"},
           {file_of(tensor("\"F32\"", "[2]", "[0,4]"), 4), "the 8 bytes of its shape, got 4"},
           {file_of(tensor("\"F32\"", "[]", "[0,8]"), 8), "the 4 bytes of its shape, got 8"},
           // Products of which 64 bits hold the lowest, 4.
           {file_of(tensor("\"F32\"", "[4294967296,4294967296]", "[0,0]")), "at most 0 elements"},
           {file_of(tensor("\"F32\"", "[4611686018427387905]", "[0,4]"), 4), "at most 4 elements"},
           {file_of(two("[0,2]", "[0,2]"), 2), "where those of the one before end"},
           {file_of(two("[0,2]", "[1,3]"), 3), "where those of the one before end"},
           {file_of(two("[0,2]", "[3,5]"), 5), "where those of the one before end"},
           {file_of(tensor("\"U8\"", "[1]", "[0,1]"), 2), "expected 1 bytes of tensors, got 2"},
           {file_of("{}", 1), "expected 0 bytes of tensors, got 1"},
           {file_of(tensor("\"BOOL\"", "[1]", "[0,1]"), 0) + "\x02", "0 or 1"},
           {file_of(R"({"__metadata__":[]})"), "__metadata__: expected an object"},
           {file_of(R"({"__metadata__":{"a":1}})"), "expected a string for \"a\", got 1"},
           {file_of(R"({"__metadata__":{"a":"1","a":"2"}})"), "found \"a\" twice"}}) {
    const string message = error_of(file);
    BOOST_TEST(contains(message, part), message << " instead of " << part);
    BOOST_TEST(!contains(message, "\n"));
  }
}

BOOST_AUTO_TEST_CASE(sha256_is_that_of_the_standard) {
  BOOST_TEST(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_SUITE_END()
