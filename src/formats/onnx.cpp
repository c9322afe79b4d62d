#include "formats/onnx.hpp"

#include <limits>

#include "base/durable.hpp"
#include "base/error.hpp"
#include "formats/protobuf.hpp"

namespace simclr {
namespace {

constexpr int64_t ir_version = 8, opset_version = 17;
constexpr int64_t float_type = 1, int64_type = 7;  // TensorProto.DataType

// Field numbers of onnx.proto, by message.
namespace model_field {
enum : unsigned { ir_version = 1, producer_name = 2, graph = 7, opset_import = 8, metadata_props = 14 };
}
namespace graph_field {
enum : unsigned { node = 1, name = 2, initializer = 5, input = 11, output = 12 };
}
namespace node_field {
enum : unsigned { input = 1, output = 2, name = 3, op_type = 4, attribute = 5 };
}
namespace tensor_field {
enum : unsigned { dims = 1, data_type = 2, name = 8, raw_data = 9 };
}

ProtoMessage attribute_message(const std::string& name, const OnnxAttribute& value) {
  enum : unsigned { name_field = 1, f = 2, i = 3, s = 4, ints = 8, type = 20 };
  enum : int64_t { float_kind = 1, int_kind = 2, string_kind = 3, ints_kind = 7 };
  ProtoMessage message;
  message.bytes(name_field, name);
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    message.number(i, *whole).number(type, int_kind);
  } else if (const auto* real = std::get_if<float>(&value)) {
    message.real32(f, *real).number(type, float_kind);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    message.bytes(s, *text).number(type, string_kind);
  } else {
    for (const int64_t one : std::get<std::vector<int64_t>>(value)) message.number(ints, one);
    message.number(type, ints_kind);
  }
  return message;
}

ProtoMessage value_info(const std::string& name, const std::vector<OnnxGraph::Dimension>& dimensions) {
  ProtoMessage shape, tensor, type, info;
  for (const auto& dimension : dimensions) {
    ProtoMessage one;
    if (const auto* size = std::get_if<int64_t>(&dimension)) {
      one.number(1, *size);
    } else {
      one.bytes(2, std::get<std::string>(dimension));
    }
    shape.message(1, one);
  }
  tensor.number(1, float_type).message(2, shape);
  type.message(1, tensor);
  info.bytes(1, name).message(2, type);
  return info;
}

// Appends an initializer to `graph` with a single copy of the values, which may be hundreds of megabytes.
void add_tensor(std::string& graph, const std::string& name, const std::vector<int64_t>& shape, int64_t type,
                std::span<const std::byte> bytes, size_t count) {
  size_t need = 1;
  for (const int64_t size : shape)
    if (size < 0 || __builtin_mul_overflow(need, static_cast<size_t>(size), &need)) need = count + 1;
  if (need != count)
    throw Error(Exit::failed, "ONNX weight '" + printable(name) + "': its shape is not that of " +
                                  std::to_string(count) + " values.");
  ProtoMessage tensor;
  for (const int64_t size : shape) tensor.number(tensor_field::dims, size);
  tensor.number(tensor_field::data_type, type).bytes(tensor_field::name, name);
  tensor.opening(tensor_field::raw_data, bytes.size());
  ProtoMessage opening;
  opening.opening(graph_field::initializer, tensor.text().size() + bytes.size());
  graph.append(opening.text()).append(tensor.text());
  graph.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string field_text(unsigned field, const ProtoMessage& message) {
  return ProtoMessage().message(field, message).text();
}

}  // namespace

OnnxGraph::OnnxGraph(std::string name) : name_(std::move(name)) {}

void OnnxGraph::input(const std::string& name, const std::vector<Dimension>& shape) {
  inputs_ += field_text(graph_field::input, value_info(name, shape));
}

void OnnxGraph::output(const std::string& name, const std::vector<Dimension>& shape) {
  outputs_ += field_text(graph_field::output, value_info(name, shape));
}

void OnnxGraph::weight(const std::string& name, const std::vector<int64_t>& shape,
                       std::span<const float> values) {
  add_tensor(initializers_, name, shape, float_type, std::as_bytes(values), values.size());
}

void OnnxGraph::weight(const std::string& name, const std::vector<int64_t>& shape,
                       std::span<const int64_t> values) {
  add_tensor(initializers_, name, shape, int64_type, std::as_bytes(values), values.size());
}

std::string OnnxGraph::node(const std::string& op, const std::vector<std::string>& inputs,
                            const std::vector<std::pair<std::string, OnnxAttribute>>& attributes,
                            std::string output) {
  const std::string name = op + "_" + std::to_string(next_++);
  if (output.empty()) output = name;
  ProtoMessage message;
  for (const auto& input : inputs) message.bytes(node_field::input, input);
  message.bytes(node_field::output, output).bytes(node_field::name, name).bytes(node_field::op_type, op);
  for (const auto& [key, value] : attributes)
    message.message(node_field::attribute, attribute_message(key, value));
  nodes_ += field_text(graph_field::node, message);
  return output;
}

void OnnxGraph::metadata(const std::string& key, const std::string& value) {
  ProtoMessage entry;
  metadata_ +=
      field_text(model_field::metadata_props, entry.bytes(1, printable(key)).bytes(2, printable(value)));
}

void OnnxGraph::write(const std::filesystem::path& path) const {
  ProtoMessage opset, model, name;
  opset.bytes(1, "").number(2, opset_version);
  name.bytes(graph_field::name, name_);
  const size_t graph_size =
      nodes_.size() + name.text().size() + initializers_.size() + inputs_.size() + outputs_.size();
  model.number(model_field::ir_version, ir_version).bytes(model_field::producer_name, "simclr");
  model.message(model_field::opset_import, opset);
  model.text() += metadata_;
  model.opening(model_field::graph, graph_size);
  if (model.text().size() + graph_size > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    throw Error(Exit::failed,
                "the model for " + printable(path.native()) + " has " + std::to_string(graph_size >> 20) +
                    " MiB; an ONNX file ends at 2 GiB.",
                "Export it as safetensors instead.");
  DurableFile file(path);
  for (const std::string_view part :
       {std::string_view(model.text()), std::string_view(nodes_), std::string_view(name.text()),
        std::string_view(initializers_), std::string_view(inputs_), std::string_view(outputs_)})
    file.write(part);
  file.commit();
}

}  // namespace simclr
