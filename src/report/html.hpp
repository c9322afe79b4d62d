#pragma once
// Values as text of a page. Everything that came from outside (labels, paths, settings, messages) passes
// escape() on its way in; nothing else may write to the page.

#include <cstdint>
#include <string>
#include <string_view>

namespace simclr {

std::string escape(
    std::string_view text);  // printable(), then & < > " ' as entities: safe in text and attributes

std::string breakable(std::string_view text);  // escape(), and lines may break after _ - / and .

// Fixed decimals with a true minus sign; an en dash for NaN and infinities.
std::string decimal(double value, int decimals);
std::string significant(double value, int digits);   // 5.02, 0.0131, 1,234: never exponents below 1e9
std::string grouped(int64_t value);                  // 60,000
std::string duration(double seconds);                // 48 s, 3 min 20 s, 2 h 05 min
std::string percent(double fraction, int decimals);  // 84.6 % with a narrow no-break space
std::string byte_size(uint64_t bytes);               // 11.2 MB

std::string shell_word(std::string_view text);        // quoted for a POSIX shell where needed
std::string command_block(std::string_view command);  // escaped, in <pre class="command">

// What scores must be read with ("caveat" of their JSON), or "".
std::string caveat_notice(const std::string& caveat);
// That and how many test pictures were trained on, where any was: what figures on them must be read with.
std::string score_notices(double in_train, const std::string& caveat);

}  // namespace simclr
