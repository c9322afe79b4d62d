// A recursive descent over the text:
//   policy = chain ["||" chain]          chain = step {">" step}
//   step   = (operation ["(" key=value {"," key=value} ")"] | group "(" ... ")") ["@" p] | preset

#include "augment/policy.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "base/spec.hpp"

namespace simclr {
namespace {

using Node = Pipeline::Node;
using Nodes = std::vector<std::unique_ptr<Node>>;

constexpr const char* kGrammar =
    "Write a > b, a(key=value), a@0.5, shuffle(a > b), one_of(a > b | c), batch(a > b), or a || b for two "
    "views.";

std::vector<std::string> known_words() {
  std::vector<std::string> words;
  for (const auto& one : operations()) words.emplace_back(one.name);
  for (const auto& one : presets()) words.emplace_back(one.name);
  return words;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Nodes policy() {
    Nodes views;
    do {
      if (views.size() == 2) fail(at_ - 2, "there are two views, so '||' may stand but once");
      occurrences_ = {};
      views.push_back(chain());
    } while (take("||"));
    if (peek() == '|')
      fail(at_, "'|' stands inside one_of( ) alone; '||' parts the policies of the two views");
    if (peek() == ')') fail(at_, "')' without a '(' before it");
    if (at_ < text_.size()) fail(at_, "expected '>' or the end, found '" + found() + "'");
    return views;
  }

 private:
  [[noreturn]] void fail(size_t at, const std::string& why) const {
    const bool ended = why.back() == '.' || why.back() == '?';
    throw Error(Exit::setting, origin(at) + ": " + why + (ended ? "" : "."), kGrammar);
  }

  std::string origin(size_t at) const { return "augmentation, column " + std::to_string(at + 1); }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(std::string_view sign) {
    peek();
    if (text_.substr(at_, sign.size()) != sign) return false;
    at_ += sign.size();
    return true;
  }

  // For messages: the whole character, also where it is more than a byte.
  std::string found() const {
    size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return printable(text_.substr(at_, end - at_));
  }

  std::string_view word() {
    peek();
    const size_t start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  std::unique_ptr<Node> chain() {
    auto node = std::make_unique<Node>();
    do step(node->parts);
    while (take(">"));
    return node;
  }

  void step(Nodes& into) {
    const char next = peek();
    const size_t start = at_;
    const std::string_view name = word();
    if (name.empty())
      fail(start, next == '\0' ? "expected an operation, found the end"
                               : "expected an operation, found '" + found() + "'");
    for (const auto& preset : presets())
      if (preset.name == name) return expand(preset, start, into);
    const Operation* row = find_operation(name);
    if (row == nullptr)
      fail(start, "no operation or preset '" + printable(name) + "'." + suggestion(name, known_words()));
    auto node = std::make_unique<Node>();
    node->row = row;
    node->slot = slot(*row, start);
    node->probability = row->probability;
    if (row->make == nullptr)
      group(*node, start);
    else
      operation(*node, start);
    if (take("@")) probability(*node);
    into.push_back(std::move(node));
  }

  uint8_t slot(const Operation& row, size_t start) {
    unsigned& count = occurrences_[row.id];
    if (count == kOccurrences)
      fail(start, "'" + std::string(row.name) + "' stands there for the " + std::to_string(kOccurrences + 1) +
                      "th time; " + std::to_string(kOccurrences) + " are the most");
    return static_cast<uint8_t>(row.id * kOccurrences + count++);
  }

  // A preset's text is short and known to be right; only the slots must be counted with those of the rest.
  void expand(const Preset& preset, size_t start, Nodes& into) {
    if (peek() == '(' || peek() == '@')
      fail(at_, "the preset '" + std::string(preset.name) + "' takes neither arguments nor a probability");
    if (preset.text.empty()) return;
    Parser inner(preset.text);
    inner.occurrences_ = occurrences_;
    try {
      const auto chain = inner.chain();
      for (auto& node : chain->parts) into.push_back(std::move(node));
    } catch (const Error&) {
      fail(start, "with the preset '" + std::string(preset.name) + "' an operation stands there for the " +
                      std::to_string(kOccurrences + 1) + "th time");
    }
    occurrences_ = inner.occurrences_;
  }

  void operation(Node& node, size_t start) {
    node.kind = Node::Kind::operation;
    node.operation = node.row->make();
    const std::string name(node.row->name);
    std::vector<std::string_view> given;
    if (take("(") && !take(")")) {
      const Fields fields = node.operation->fields();
      do argument(name, fields, given);
      while (take(","));
      close(name, ",");
    }
    try {
      node.operation->prepare();
    } catch (const Error& error) {
      throw Error(error.code(), origin(start) + ": " + error.what(), error.hint());
    }
  }

  void argument(const std::string& name, const Fields& fields, std::vector<std::string_view>& given) {
    peek();
    const size_t start = at_;
    const std::string_view key = word();
    if (key.empty() || !take("=")) fail(start, "expected key=value inside " + name + "( )");
    const Field* target = find(fields, key);
    if (target == nullptr) {
      std::string why = name + " has no argument '" + printable(key) + "'";
      why.append(fields.empty() ? "; it takes none." : ".").append(suggestion(key, names(fields)));
      fail(start, why);
    }
    for (const auto& one : given)
      if (one == key) fail(start, name + "(" + std::string(key) + ") is given twice");
    given.push_back(key);
    peek();
    const size_t value = at_;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != ')' && text_[at_] != '(' &&
           text_[at_] != '>' && text_[at_] != '|')
      ++at_;
    target->set(trim(text_.substr(value, at_ - value)),
                origin(value) + ": " + name + "(" + target->key() + ")");
  }

  void group(Node& node, size_t start) {
    const std::string name(node.row->name);
    node.kind = name == "shuffle"  ? Node::Kind::shuffle
                : name == "one_of" ? Node::Kind::one_of
                                   : Node::Kind::batch;
    if (!take("(")) fail(start, name + " needs operations in parentheses, such as " + example(node.kind));
    if (peek() == ')') fail(at_, name + "( ) is empty; write for instance " + example(node.kind));
    if (node.kind == Node::Kind::one_of) {
      // Alternatives never run together: each counts its operations from the same start.
      const auto before = occurrences_;
      auto most = occurrences_;
      do {
        occurrences_ = before;
        node.parts.push_back(chain());
        for (size_t i = 0; i < most.size(); ++i) most[i] = std::max(most[i], occurrences_[i]);
      } while (text_.substr(at_, 2) != "||" && take("|"));
      occurrences_ = most;
      if (node.parts.size() < 2 && peek() == ')')
        fail(start, "one_of needs two alternatives or more, parted by '|'");
    } else {
      node.parts = std::move(chain()->parts);
      if (node.parts.empty()) fail(start, name + "( ) does nothing");
    }
    if (peek() == '|')
      fail(at_, text_.substr(at_, 2) == "||" ? "'||' may not stand inside parentheses"
                                             : "'|' stands inside one_of( ) alone");
    close(name, ">");
  }

  void close(const std::string& name, const char* or_else) {
    if (take(")")) return;
    if (at_ == text_.size()) fail(at_, "the '(' of " + name + " is not closed");
    fail(at_, std::string("expected '") + or_else + "' or ')', found '" + found() + "'");
  }

  static const char* example(Node::Kind kind) {
    return kind == Node::Kind::shuffle  ? "shuffle(jitter > blur)"
           : kind == Node::Kind::one_of ? "one_of(jitter | blur)"
                                        : "batch(crop > flip)";
  }

  void probability(Node& node) {
    peek();
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '.' || text_[at_] == '-' || text_[at_] == '+'))
      ++at_;
    if (at_ == start) fail(start, "expected a probability after '@', such as @0.5");
    field("p", node.probability, "")
        .range(0, 1)
        .set(text_.substr(start, at_ - start),
             origin(start) + ": the probability of " + std::string(node.row->name));
  }

  std::string_view text_;
  size_t at_ = 0;
  std::array<unsigned, 32> occurrences_{};
};

std::string joined(const Nodes& parts, const char* sign) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : sign) + policy_text(*part);
  return text;
}

}  // namespace

Nodes parse_policy(std::string_view text) {
  return Parser(text).policy();
}

std::string policy_or_file(const std::string& text) {
  if (!text.starts_with('@')) return text;
  std::istringstream lines(read_file(text.substr(1)));
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const auto said = trim(line);
    if (!said.empty() && said[0] != '#') out.append(out.empty() ? "" : " ").append(said);
  }
  if (out.empty()) throw Error(Exit::setting, printable(text.substr(1)) + " holds no policy.");
  return out;
}

std::string policy_text(const Node& node) {
  if (node.kind == Node::Kind::chain) return node.parts.empty() ? "none" : joined(node.parts, " > ");
  const std::string name(node.row->name);
  std::string text;
  if (node.kind == Node::Kind::operation) {
    const auto usual = node.row->make();
    text = canonical(name, node.operation->fields(), usual->fields());
  } else {
    text = name + "(" + joined(node.parts, node.kind == Node::Kind::one_of ? " | " : " > ") + ")";
  }
  return node.probability == node.row->probability ? text : text + "@" + shortest(node.probability);
}

}  // namespace simclr
