// This file is part of OpenCV project.
// It is subject to the license terms in the LICENSE file found in the top-level directory
// of this distribution and at http://opencv.org/license.html.

// Images of files and folders, read by threads while a network judges those before.

#ifndef OPENCV_DNN_GM_SAMPLES_IMAGE_SET_HPP
#define OPENCV_DNN_GM_SAMPLES_IMAGE_SET_HPP

#include <opencv2/dnn_gm.hpp>
#include <opencv2/core/utils/filesystem.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <iostream>
#include <memory>
#include <system_error>
#include <thread>

using namespace cv;
using cv::dnn_gm::Verdict;

inline String baseName(const String& path)
{
    const size_t last = path.find_last_not_of("/\\");
    const size_t slash = path.find_last_of("/\\", last);
    return path.substr(slash + 1, last - slash);
}

//! The files in a folder, or the folders in it, in order of their names; none that is hidden.
inline std::vector<String> entriesOf(const String& folder, bool folders)
{
    std::vector<String> all, chosen;
    utils::fs::glob(folder, "", all, false, true);
    for (const String& entry : all)
    {
        // A link to nowhere is reported when it is read; a pipe would be waited for.
        struct stat status;
        const int kind = stat(entry.c_str(), &status) == 0 ? status.st_mode & S_IFMT : S_IFREG;
        if (baseName(entry)[0] != '.' && kind == (folders ? S_IFDIR : S_IFREG))
            chosen.push_back(entry);
    }
    return chosen;
}

//! The image of a file; empty, with the reason, where it cannot be read.
inline Mat readOrTell(const String& file, String& reason)
{
    try
    {
        return cv::dnn_gm::readImage(file);
    }
    catch (const cv::Exception& error)
    {
        reason = error.err;
    }
    catch (const std::exception& error) // memory, say; in a thread of its own nobody would catch it
    {
        reason = file + ": " + error.what();
    }
    return Mat();
}

//! The same, the reason being printed.
inline Mat readOrReport(const String& file)
{
    String reason;
    const Mat image = readOrTell(file, reason);
    if (image.empty())
        std::cerr << reason << std::endl;
    return image;
}

//! Files read by threads of their own, since those of OpenCV are the network's meanwhile.
struct ImageBatch
{
    std::vector<Mat> images; //!< of as many files as were read
    std::vector<String> reasons;

    enum
    {
        mostThreads = 4
    };

    //! Reads at most `most` files from the first on, fewer where they are large: 64 MiB are enough
    //! at once, and what the other threads have begun by then.
    static ImageBatch read(const std::vector<String>& files, size_t first, int most)
    {
        ImageBatch batch;
        const size_t count = std::min(files.size() - first, size_t(most));
        batch.images.resize(count);
        batch.reasons.resize(count);
        std::atomic<size_t> next(0), bytes(0);
        const auto work = [&]()
        {
            for (size_t i; bytes < (64 << 20) && (i = next++) < count;)
            {
                batch.images[i] = readOrTell(files[first + i], batch.reasons[i]);
                if (!batch.images[i].empty())
                    bytes += batch.images[i].total() * batch.images[i].elemSize();
            }
        };
        std::vector<std::thread> others;
        try
        {
            for (int i = 1; i < std::min<int>(getNumThreads(), mostThreads); ++i)
                others.push_back(std::thread(work));
        }
        catch (const std::system_error&) // no more threads: those that there are do it
        {
        }
        work();
        for (std::thread& other : others)
            other.join();
        batch.images.resize(std::min(count, size_t(next)));
        return batch;
    }
};

//! Images that are read some at a time, and what is said of them.
struct ImageSet
{
    String path, name;
    bool isFolder;
    std::vector<String> files;     //!< that could be read
    std::vector<Verdict> verdicts; //!< one for each of them

    //! @param argument a folder or an image
    explicit ImageSet(const String& argument)
        : path(argument), name(baseName(argument)), isFolder(utils::fs::isDirectory(argument)),
          all(std::make_shared<std::vector<String>>(isFolder ? entriesOf(path, false)
                                                             : std::vector<String>(1, path))),
          at(0)
    {
    }

    explicit ImageSet(const std::vector<String>& images)
        : isFolder(false), all(std::make_shared<std::vector<String>>(images)), at(0)
    {
    }

    //! The next images, at most `most`, while the ones after them are read. What cannot be read is
    //! reported and left out.
    //! @returns whether there were any
    bool next(std::vector<Mat>& images, int most)
    {
        images.clear();
        while (images.empty() && at < all->size())
        {
            if (!ahead.valid())
                readAhead(most);
            const ImageBatch batch = ahead.get();
            ahead = std::shared_future<ImageBatch>(); // which keeps the images
            const size_t first = at;
            at += batch.images.size();
            if (at < all->size())
                readAhead(most);
            for (size_t i = 0; i < batch.images.size(); ++i)
                if (batch.images[i].empty())
                    std::cerr << batch.reasons[i] << std::endl;
                else
                {
                    files.push_back((*all)[first + i]);
                    images.push_back(batch.images[i]);
                }
        }
        return !images.empty();
    }

    size_t leftOut() const { return at - files.size(); }

    size_t refused() const
    {
        return std::count_if(verdicts.begin(), verdicts.end(),
                             [](const Verdict& v) { return !v.accepted; });
    }

private:
    void readAhead(int most)
    {
        const std::shared_ptr<const std::vector<String>> list = all;
        const size_t first = at;
        ahead =
            std::async(std::launch::async, [=]() { return ImageBatch::read(*list, first, most); });
    }

    std::shared_ptr<const std::vector<String>> all;
    size_t at;
    std::shared_future<ImageBatch> ahead;
};

#endif // OPENCV_DNN_GM_SAMPLES_IMAGE_SET_HPP
