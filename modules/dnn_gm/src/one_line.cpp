// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

#include "precomp.hpp"

namespace cv
{
namespace dnn_gm
{

namespace
{

//! Takes out, wherever it is, what begins with `first` and goes on to `last` behind `middle`.
void takeOut(String& text, const String& first, const String& middle, const String& last)
{
    for (size_t at; (at = text.find(first)) != String::npos;)
    {
        size_t end = text.find(middle, at + first.size());
        if (end != String::npos)
            end = text.find(last, end + middle.size());
        if (end == String::npos)
            return;
        end += last.size();
        text.erase(at, end + (end < text.size() && text[end] == '\n') - at);
    }
}

} // namespace

String oneLine(const String& said)
{
    String text = said;
    takeOut(text, "OpenCV(", ": error: (", ") ");
    takeOut(text, "in function '", "", "'");
    // Each of several lines begins with a mark.
    while (text.compare(0, 2, "> ") == 0)
        text.erase(0, 2);
    for (size_t at; (at = text.find(": > ")) != String::npos;)
        text.erase(at + 2, 2);
    text.erase(std::min(text.find('\n'), text.size()));
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

} // namespace dnn_gm
} // namespace cv
