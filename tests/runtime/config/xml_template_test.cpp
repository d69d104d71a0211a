#include "runtime/config/xml_template.hpp"

#include <doctest/doctest.h>

using namespace sluice::config;

namespace {

std::string xml_problem(std::string_view text, xml_extent extent = xml_extent::document) {
  const auto parsed = parse_xml_template(text, extent);
  if (!parsed.malformed.empty()) return parsed.malformed;
  std::string whole;
  for (const auto& piece : parsed.pieces) whole += piece.written;
  CHECK(whole == text);
  return {};
}

}  // namespace

TEST_CASE("values are told from markup, with the element or attribute that they belong to") {
  const auto pieces =
      parse_xml_template(R"(<a id="{{key.id}}"><b>x {{row.b | default('</b>')}}</b></a>)",
                         xml_extent::document)
          .pieces;
  std::string out;
  for (const auto& piece : pieces)
    if (piece.is_value)
      out += piece.owner + (piece.of_attribute ? "@" : "") + "=" + piece.written + ";";
  CHECK(out == "id@={{key.id}};b=x {{row.b | default('</b>')}};");
}

TEST_CASE("a document is one element, with a declaration and comments around it") {
  for (const auto* text :
       {"<a/>", "<a></a >", "<a\n b = 'c' d=\"e>\"/>",
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a/>", "<!-- x --><a><![CDATA[<b>&]]></a>\n",
        "<s:a xmlns:s=\"urn:x\">&amp;&#10;&#xA;${env:X}</s:a>", "<ü-1.x>é</ü-1.x>"})
    CHECK_MESSAGE(xml_problem(text) == "", text);
  CHECK(xml_problem("<a/><b/>") == "is no document of XML, which is one element");
  CHECK(xml_problem("") == "is no document of XML, which is one element");
  CHECK(xml_problem("x<a/>") == "has text outside of its element");
  CHECK(xml_problem("<a/>{{rows}}") == "has text outside of its element");
  CHECK(xml_problem("<a/>x<b/>", xml_extent::content) == "");
  CHECK(xml_problem("{{row.a}}", xml_extent::content) == "");
}

TEST_CASE("no value becomes markup") {
  for (const auto* text : {"<{{row.a}}/>", "<a {{row.a}}=\"x\"/>", "<a b={{row.a}}/>",
                           "<!-- {{row.a}} --><a/>", "<a><![CDATA[{{row.a}}]]></a>",
                           "<?pi {{row.a}}?><a/>", "<a></{{row.a}}>", "<a><!-- ${env:X} --></a>"})
    CHECK_MESSAGE(xml_problem(text) != "", text);
}

TEST_CASE("what is not well-formed is refused") {
  CHECK(xml_problem("<a>") == "has no end of the element <a>");
  CHECK(xml_problem("<a><b></a></b>") == "has </a> where </b> must be");
  CHECK(xml_problem("</a>") == "has </a> where no element is open");
  CHECK(xml_problem("<a>x & y</a>") == "has a & that begins no entity; write &amp;");
  CHECK(xml_problem("<a>&nbsp;</a>") == "has a & that begins no entity; write &amp;");
  CHECK(xml_problem("<a>1 < 2</a>") == "has a < that begins no element; write &lt;");
  CHECK(xml_problem("<a b=\"<\"/>") == "has a < in the value of \"b\"");
  CHECK(xml_problem("<a b=\"1\" b=\"2\"/>") == "has an element <a that is not well-formed");
  CHECK(xml_problem("<a b=\"1\"c=\"2\"/>") == "has an element <a that is not well-formed");
  CHECK(xml_problem("<a b=\"1/>") == "has an element <a that is not well-formed");
  CHECK(xml_problem("<a>]]></a>") == "has ]]> outside of a CDATA section");
  CHECK(xml_problem("<a>\x01</a>") == "has a control character, which XML 1.0 cannot carry");
  CHECK(xml_problem("<!-- <a/>") == "has <!-- without -->");
  CHECK(xml_problem("<!DOCTYPE a><a/>") == "has a document type; remove it");
  CHECK(xml_problem("<?xml version=\"1.0\" encoding=\"latin-1\"?><a/>") ==
        "declares an encoding other than UTF-8, in which it is sent");
}
