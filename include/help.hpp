// help.hpp - help.h for C++11: handles that free themselves, failures as exceptions.
//
// Optional and header-only; link with libhelp as for help.h, which documents every call.
//
//     help::Model model = help::Model::load("nasbench201.safetensors");
//     help::Predictor phone = model.adapt(model.references(), ms);
//     std::vector<double> latency = phone.predict(rows);
//     help::Found found = phone.search(20.0, help::each(score));
//
// Rows of genes lie one after another in a help::Rows, row i at i * width().  For a function
// of help.h that is not wrapped, pass a handle's get().  Handles can be moved, not copied; a
// handle moved from is empty, and the library refuses it (HELP_ERR_ARGUMENT).
#ifndef HELP_HPP
#define HELP_HPP

#include <help.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace help {

/// Architectures as rows of genes, one after another.
using Rows = std::vector<std::int32_t>;
/// Numbers, one for each row.
using Numbers = std::vector<double>;

/// A call failed: status() is its code, what() begins with the code's name.
class error : public std::runtime_error {
public:
  error(help_status status, const std::string &message)
      : std::runtime_error(std::string(help_status_name(status)) + ": " + message),
        status_(status) {}
  help_status status() const noexcept { return status_; }

private:
  help_status status_;
};

/// Throws help::error with the message of the failed call, unless the status is HELP_OK.
inline void check(help_status status) {
  if (status == HELP_OK) return;
  throw error(status, status > 0 ? help_last_error() : "a callback returned " + std::to_string(status));
}

namespace detail {

template <typename Raw, void (*Free)(Raw *)> class Handle {
public:
  /// Takes ownership of a handle that a function of help.h wrote.
  explicit Handle(Raw *raw = nullptr) noexcept : held_(raw) {}
  /// For functions of help.h; still owned by this object.
  Raw *get() const noexcept { return held_.get(); }
  explicit operator bool() const noexcept { return held_ != nullptr; }

private:
  struct Freer {
    void operator()(Raw *raw) const noexcept { Free(raw); }
  };
  std::unique_ptr<Raw, Freer> held_;
};

/// Calls a function whose last parameter is a handle, and owns what it writes:
/// make<Model>(help_load, path) calls help_load(path, &raw).
template <typename Owner, typename Function, typename... Arguments>
Owner make(Function function, Arguments... arguments) {
  typename std::remove_reference<decltype(*std::declval<Owner>().get())>::type *raw = nullptr;
  check(function(arguments..., &raw));
  return Owner(raw);
}

/// Calls a function whose last parameter is a buffer, and copies the bytes.
template <typename Function, typename... Arguments>
std::string text(Function function, Arguments... arguments) {
  struct Buffer {
    help_buffer raw;
    ~Buffer() { help_buffer_free(&raw); }
  } buffer = {HELP_BUFFER_INIT};
  check(function(arguments..., &buffer.raw));
  return std::string(buffer.raw.data, buffer.raw.size);
}

inline std::size_t count(const Rows &rows, std::size_t width) {
  if (width == 0) throw error(HELP_ERR_ARGUMENT, "the handle is empty");
  if (rows.size() % width == 0) return rows.size() / width;
  throw error(HELP_ERR_ARGUMENT, std::to_string(rows.size()) + " genes are not whole rows of " +
                                     std::to_string(width));
}

} // namespace detail

/// A search space.
class Space : public detail::Handle<help_space, help_space_free> {
public:
  using Handle::Handle;
  static Space open(const std::string &name) {
    return detail::make<Space>(help_space_open, name.c_str());
  }
  static Space from_json(const std::string &json) {
    return detail::make<Space>(help_space_from_json, json.data(), json.size());
  }

  std::string name() const {
    const char *name = help_space_name(get());
    return name ? name : "";
  }
  std::size_t width() const noexcept { return help_space_width(get()); }
  std::uint64_t count() const noexcept { return help_space_count(get()); }
  std::string describe() const { return detail::text(help_space_describe, get()); }

  /// n different rows.
  Rows sample(std::size_t n, std::uint64_t seed = 0) const {
    Rows rows(n * width());
    check(help_space_sample(get(), seed, rows.data(), n, width()));
    return rows;
  }
  /// Reads one row from the space's usual text.
  Rows parse(const std::string &text) const {
    Rows row(width());
    check(help_arch_parse(get(), text.data(), text.size(), row.data()));
    return row;
  }
  /// The text of the row that starts at this pointer.
  std::string format(const std::int32_t *row) const {
    return detail::text(help_arch_format, get(), row);
  }
  /// The same rows with one fixed value for genes that do not matter.
  Rows canonicalize(Rows rows) const {
    check(help_arch_canonicalize(get(), rows.data(), count_of(rows), width()));
    return rows;
  }
  /// The layers of the row that starts at this pointer, as JSON.
  std::string layers(const std::int32_t *row) const {
    return detail::text(help_arch_layers, get(), row);
  }
  /// Multiply-accumulate operations of each row.
  Numbers macs(const Rows &rows) const {
    Numbers out(count_of(rows));
    check(help_arch_macs(get(), rows.data(), out.size(), width(), out.data()));
    return out;
  }
  /// A cost of each row by its name, "parameters" for instance (help_arch_costs).
  Numbers costs(const Rows &rows, const char *cost) const {
    Numbers out(count_of(rows));
    check(help_arch_costs(get(), rows.data(), out.size(), width(), cost, out.data()));
    return out;
  }
  /// Number of rows; throws if the last one is incomplete.
  std::size_t count_of(const Rows &rows) const { return detail::count(rows, width()); }
};

/// A flag that stops a search or a training from another thread.
class Cancel : public detail::Handle<help_cancel, help_cancel_free> {
public:
  using Handle::Handle;
  static Cancel make() { return detail::make<Cancel>(help_cancel_new); }
  void request() const noexcept { help_cancel_request(get()); }
};

/// Accuracy of architectures, as a model that the library runs itself.
class Accuracy : public detail::Handle<help_accuracy, help_accuracy_free> {
public:
  using Handle::Handle;
  static Accuracy load(const std::string &path) {
    return detail::make<Accuracy>(help_accuracy_load, path.c_str());
  }
  static Accuracy load(const void *data, std::size_t size) {
    return detail::make<Accuracy>(help_accuracy_load_memory, data, size);
  }
  void save(const std::string &path) const { check(help_accuracy_save(get(), path.c_str())); }
  std::string describe() const { return detail::text(help_accuracy_describe, get()); }
  Space space() const { return detail::make<Space>(help_accuracy_space, get()); }

  /// Accuracy of each row.
  Numbers predict(const Rows &rows) const {
    const Space own = space();
    Numbers out(own.count_of(rows));
    check(help_accuracy_predict(get(), rows.data(), out.size(), own.width(), out.data()));
    return out;
  }
};

/// Options of Model::adapt with every default.
inline help_adapt_options adapt_options() {
  help_adapt_options options;
  check(help_adapt_options_init(&options, sizeof options));
  return options;
}
/// Options of Predictor::search with every default.
inline help_search_options search_options() {
  help_search_options options;
  check(help_search_options_init(&options, sizeof options));
  return options;
}

/// What a search found, best first.
struct Found {
  Rows archs;
  Numbers accuracy, latency_ms;
  help_search_report report;
  std::size_t size() const noexcept { return accuracy.size(); }
};

/// A search failed or was stopped; found() has the best results so far, perhaps none, and the
/// report.
class search_error : public error {
public:
  search_error(const error &reason, Found found)
      : error(reason), found_(std::make_shared<Found>(std::move(found))) {}
  const Found &found() const noexcept { return *found_; }

private:
  std::shared_ptr<const Found> found_; // exceptions are copied, and that must not throw
};

namespace detail {

// An exception must not cross the C library: it is kept, and a negative code returned.
template <typename Score> struct Scorer {
  Score &score;
  std::exception_ptr thrown;

  static help_status call(void *user, const std::int32_t *archs, std::size_t n, std::size_t stride,
                          double *out) noexcept {
    Scorer *self = static_cast<Scorer *>(user);
    try {
      self->score(archs, n, stride, out);
      return HELP_OK;
    } catch (...) {
      self->thrown = std::current_exception();
      return -1;
    }
  }
};

template <typename One> struct Each {
  mutable One one;
  void operator()(const std::int32_t *archs, std::size_t n, std::size_t stride, double *out) const {
    for (std::size_t i = 0; i < n; i++) out[i] = one(archs + i * stride);
  }
};

} // namespace detail

/// Turns a function that scores one row, double(const int32_t *), into one for search().
template <typename One> detail::Each<One> each(One one) { return {std::move(one)}; }

/// Latency of every architecture of a space on one device.
class Predictor : public detail::Handle<help_predictor, help_predictor_free> {
public:
  explicit Predictor(help_predictor *raw = nullptr) : Handle(raw), width_(raw ? space().width() : 0) {}
  static Predictor load(const std::string &path) {
    return detail::make<Predictor>(help_predictor_load, path.c_str());
  }
  static Predictor load(const void *data, std::size_t size) {
    return detail::make<Predictor>(help_predictor_load_memory, data, size);
  }
  void save(const std::string &path) const { check(help_predictor_save(get(), path.c_str())); }
  std::string describe() const { return detail::text(help_predictor_describe, get()); }
  Space space() const { return detail::make<Space>(help_predictor_space, get()); }

  /// Milliseconds of each row.
  Numbers predict(const Rows &rows) const {
    Numbers latency_ms(detail::count(rows, width_));
    predict(rows.data(), latency_ms.size(), width_, latency_ms.data());
    return latency_ms;
  }
  /// Milliseconds, and standard deviations unless NULL, into the caller's memory without
  /// allocating; see help_predict.
  void predict(const std::int32_t *archs, std::size_t n, std::size_t stride, double *latency_ms,
               double *std_ms = nullptr) const {
    check(help_predict(get(), archs, n, stride, latency_ms, std_ms));
  }
  /// Lower and upper ends of the central interval in which a measurement of each row falls
  /// with this probability.
  std::pair<Numbers, Numbers> interval(const Rows &rows, double level = 0.9) const {
    const std::size_t n = detail::count(rows, width_);
    std::pair<Numbers, Numbers> ends{Numbers(n), Numbers(n)};
    check(help_predict_interval(get(), rows.data(), n, width_, level, ends.first.data(),
                                ends.second.data()));
    return ends;
  }

  /// The most accurate architectures within limit_ms.  score(archs, n, stride, out) is called
  /// like a help_accuracy_fn but returns nothing; an exception it throws ends the search and
  /// is rethrown here.  Every other failure is a search_error.  options.progress must not
  /// throw.
  template <typename Score, typename = typename std::enable_if<!std::is_same<
                                Accuracy, typename std::decay<Score>::type>::value>::type>
  Found search(double limit_ms, Score &&score, const help_search_options &options = search_options(),
               std::size_t top_k = 10) const {
    using Scorer = detail::Scorer<typename std::remove_reference<Score>::type>;
    Scorer scorer{score, nullptr};
    return run(limit_ms, Scorer::call, &scorer, options, top_k, &scorer.thrown);
  }
  /// The same search, scored by an accuracy model that the library runs itself.
  Found search(double limit_ms, const Accuracy &accuracy,
               const help_search_options &options = search_options(), std::size_t top_k = 10) const {
    return run(limit_ms, help_accuracy_score, accuracy.get(), options, top_k, nullptr);
  }

private:
  Found run(double limit_ms, help_accuracy_fn score, void *user, const help_search_options &options,
            std::size_t top_k, std::exception_ptr *thrown) const {
    Found found{Rows(top_k * width_), Numbers(top_k), Numbers(top_k), help_search_report()};
    found.report.struct_size = sizeof found.report;
    std::size_t count = 0;
    const help_status status =
        help_search(get(), limit_ms, score, user, &options, top_k, found.archs.data(), width_,
                    found.accuracy.data(), found.latency_ms.data(), &count, &found.report);
    if (thrown && *thrown) std::rethrow_exception(*thrown);
    found.archs.resize(count * width_);
    found.accuracy.resize(count);
    found.latency_ms.resize(count);
    try {
      check(status);
    } catch (const error &reason) {
      throw search_error(reason, std::move(found));
    }
    return found;
  }

  std::size_t width_;
};

/// A meta-trained model.
class Model : public detail::Handle<help_model, help_model_free> {
public:
  using Handle::Handle;
  static Model load(const std::string &path) {
    return detail::make<Model>(help_load, path.c_str());
  }
  static Model load(const void *data, std::size_t size) {
    return detail::make<Model>(help_load_memory, data, size);
  }
  void save(const std::string &path) const { check(help_model_save(get(), path.c_str())); }
  std::string describe() const { return detail::text(help_model_describe, get()); }
  Space space() const { return detail::make<Space>(help_model_space, get()); }

  /// The reference architectures, to be measured on a device.
  Rows references() const {
    const std::size_t width = space().width();
    Rows rows(help_model_reference_count(get()) * width);
    check(help_model_references(get(), rows.data(), width));
    return rows;
  }
  /// Numbers of the pool's rows to measure instead, most informative first.
  std::vector<std::size_t> select(const Rows &pool, std::size_t want = 10) const {
    const Space own = space();
    std::vector<std::size_t> chosen(want);
    check(help_select(get(), pool.data(), own.count_of(pool), own.width(), nullptr, 0, own.width(),
                      want, chosen.data()));
    return chosen;
  }
  /// A predictor of the device on which these rows have these latencies.
  Predictor adapt(const Rows &rows, const Numbers &latency_ms,
                  const help_adapt_options &options = adapt_options()) const {
    const Space own = space();
    const std::size_t n = own.count_of(rows);
    if (latency_ms.size() != n)
      throw error(HELP_ERR_ARGUMENT, std::to_string(latency_ms.size()) + " latencies for " +
                                         std::to_string(n) + " architectures");
    return detail::make<Predictor>(help_adapt, get(), rows.data(), n, own.width(),
                                   latency_ms.data(), &options);
  }
};

} // namespace help
#endif // HELP_HPP
