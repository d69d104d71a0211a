// Templates of XML: which parts of a text are markup, and which are values. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// A part of a text of XML.
struct xml_piece {
  std::string written;     ///< as it stands: escaped, with templates and references
  bool is_value = false;   ///< character data or the value of an attribute; else markup
  std::string owner = {};  ///< the element or the attribute that a value belongs to
  bool of_attribute = false;
};

/// How much of a document a text is.
enum class xml_extent {
  document,  ///< one element, with a declaration and comments around it
  content,   ///< whatever may stand inside an element
};

/// The pieces of a text, in order, or what is wrong with it.
struct parsed_xml {
  std::vector<xml_piece> pieces;
  std::string malformed;  ///< the problem; empty if there is none
};

/// Takes a text apart. `{{…}}` and `${…}` may stand in values only, so that no value becomes
/// markup; comments, CDATA sections and instructions are markup as a whole. Refused is what is not
/// well-formed (XML 1.0, as far as elements, attributes and character data go), what is in another
/// encoding than UTF-8, and a document type, whose entities could be anything.
parsed_xml parse_xml_template(std::string_view text, xml_extent extent);

}  // namespace sluice::config
