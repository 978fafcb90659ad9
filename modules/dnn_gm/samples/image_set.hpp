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
#include <condition_variable>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

using namespace cv;
using cv::dnn_gm::oneLine;
using cv::dnn_gm::Verdict;

inline String baseName(const String& path)
{
    const size_t last = path.find_last_not_of("/\\");
    const size_t slash = path.find_last_of("/\\", last);
    return path.substr(slash + 1, last - slash);
}

//! S_IFREG of a file, S_IFDIR of a folder; 0 if there is nothing.
inline int kindOf(const String& path)
{
    struct stat status;
    return stat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

//! The files in a folder, or the folders in it, in order of their names; none that is hidden.
inline std::vector<String> entriesOf(const String& folder, bool folders)
{
    std::vector<String> all, chosen;
    utils::fs::glob(folder, "", all, false, true);
    for (const String& entry : all)
    {
        // A link to nowhere is reported when it is read.
        const int kind = kindOf(entry);
        if (baseName(entry)[0] != '.' &&
            (kind == (folders ? S_IFDIR : S_IFREG) || (kind == 0 && !folders)))
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
        reason = oneLine(error.err);
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

//! Reads files ahead of who asks for them, by threads of its own: those of OpenCV are the network's
//! meanwhile. About 32 MiB are read ahead, whatever the number of threads.
class ImageReader
{
public:
    explicit ImageReader(const std::vector<String>& all)
        : files(all), claimed(0), read(0), taken(0), held(0), largest(0), stopped(false)
    {
    }

    ~ImageReader()
    {
        {
            const std::lock_guard<std::mutex> lock(mutex);
            stopped = true;
        }
        changed.notify_all();
        for (std::thread& thread : threads)
            thread.join();
    }

    //! The image of the next file, of which there must be one; empty, with the reason, where it
    //! cannot be read.
    Mat next(String& reason)
    {
        std::unique_lock<std::mutex> lock(mutex);
        if (threads.empty())
            start();
        changed.wait(lock, [&]() { return ahead.count(taken) > 0; });
        const Read found = ahead[taken];
        ahead.erase(taken++);
        held -= bytes(found.image);
        lock.unlock();
        changed.notify_all();
        reason = found.reason;
        return found.image;
    }

private:
    struct Read
    {
        Mat image;
        String reason;
    };

    static size_t bytes(const Mat& image)
    {
        return image.empty() ? 0 : image.total() * image.elemSize(); // of none it is not asked for
    }

    void start()
    {
        const size_t most = std::min<size_t>(4, files.size());
        for (size_t i = 0; i < std::min(most, size_t(std::max(1, getNumThreads()))); ++i)
            try
            {
                threads.push_back(std::thread([this]() { work(); }));
            }
            catch (const std::system_error&) // no more threads
            {
                if (threads.empty())
                    throw;
            }
    }

    //! What is being read counts as much as the largest so far. What is waited for is read always.
    bool hasRoom() const
    {
        return claimed == taken || held + (claimed - read) * largest < (32 << 20);
    }

    void work()
    {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;)
        {
            changed.wait(lock, [&]() { return stopped || claimed == files.size() || hasRoom(); });
            if (stopped || claimed == files.size())
                return;
            const size_t mine = claimed++;
            lock.unlock();
            Read found;
            found.image = readOrTell(files[mine], found.reason);
            lock.lock();
            ++read;
            held += bytes(found.image);
            largest = std::max(largest, bytes(found.image));
            ahead[mine] = found;
            changed.notify_all();
        }
    }

    std::vector<String> files;
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::condition_variable changed;
    std::map<size_t, Read> ahead; //!< by their places among the files
    size_t claimed, read, taken;  //!< of the files: begun, read, asked for
    size_t held, largest;         //!< bytes: read ahead, of one image so far
    bool stopped;
};

//! Images that are read some at a time, and what is said of them.
struct ImageSet
{
    String path, name;
    bool isFolder;
    std::vector<String> files;     //!< that could be read
    std::vector<Verdict> verdicts; //!< one for each of them
    std::vector<bool> constant;    //!< whether it is of one colour; empty where nobody looked

    //! @param argument a folder or an image
    explicit ImageSet(const String& argument)
        : path(argument), name(baseName(argument)), isFolder(utils::fs::isDirectory(argument)),
          all(isFolder ? entriesOf(path, false) : std::vector<String>(1, path)), at(0)
    {
    }

    explicit ImageSet(const std::vector<String>& images) : isFolder(false), all(images), at(0) {}

    //! Takes the next images, fewer where they are large: 64 MiB are enough at once. What cannot be
    //! read is reported and left out.
    //! @returns whether there were any
    bool next(std::vector<Mat>& images, int most)
    {
        images.clear();
        size_t bytes = 0;
        if (!reader && at < all.size())
            reader = std::make_shared<ImageReader>(all);
        for (; at < all.size() && int(images.size()) < most && bytes < (64 << 20); ++at)
        {
            String reason;
            const Mat image = reader->next(reason);
            if (image.empty())
            {
                std::cerr << reason << std::endl;
                continue;
            }
            files.push_back(all[at]);
            images.push_back(image);
            bytes += image.total() * image.elemSize();
        }
        if (at == all.size())
            reader.reset(); // and its threads
        return !images.empty();
    }

    size_t leftOut() const { return at - files.size(); }

    size_t refused() const
    {
        return std::count_if(verdicts.begin(), verdicts.end(),
                             [](const Verdict& v) { return !v.accepted; });
    }

private:
    std::vector<String> all;
    size_t at;
    //! From the first next() to the last; copies of the set share it, so that one of them is read.
    std::shared_ptr<ImageReader> reader;
};

#endif // OPENCV_DNN_GM_SAMPLES_IMAGE_SET_HPP
