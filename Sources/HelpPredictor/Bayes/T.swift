import Glibc
enum T {
  static func number(_ name: String, _ value: Double) -> Double {
    guard let text = getenv("HT_" + name) else { return value }
    return atof(text)
  }
  static func list(_ name: String, _ value: [Double]) -> [Double] {
    guard let text = getenv("HT_" + name) else { return value }
    return String(cString: text).split(separator: ",").map { part in String(part).withCString { atof($0) } }
  }
}
