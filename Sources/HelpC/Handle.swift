import HelpBase

/// What an opaque pointer of the C interface points at: a tag that says which type it is,
/// cleared when it is freed, and the object it keeps alive.
///
/// A wrong or stale handle is then an error, not a crash, as far as reading freed memory
/// can tell.
private struct HandleBlock {
  var tag: UInt32
  let object: Unmanaged<AnyObject>
}

/// One handle type of the C interface.
struct Handle<Object: AnyObject>: Sendable {
  /// Tells this type from the others; any number will do.
  let tag: UInt32
  /// What messages call an argument of this type; with "help_" before it, the type's C name.
  let noun: StaticString

  /// A new handle that keeps `object` alive.
  func make(_ object: Object) -> OpaquePointer {
    let block = UnsafeMutablePointer<HandleBlock>.allocate(capacity: 1)
    block.initialize(
      to: HandleBlock(tag: tag, object: Unmanaged.passRetained(object as AnyObject)))
    return OpaquePointer(block)
  }

  /// The object behind a handle that came from outside.
  func object(_ pointer: OpaquePointer?, _ argument: StaticString) throws(HelpError) -> Object {
    guard let pointer else { throw HelpError(.argument, "\(argument) is NULL") }
    guard let object = find(pointer) else {
      throw HelpError(.handle, "\(argument) is not a help_\(noun), or it has been freed")
    }
    return object
  }

  /// The same for functions that cannot fail.
  func object(_ pointer: OpaquePointer?) -> Object? { pointer.flatMap(find) }

  /// Frees a handle; does nothing for NULL and for what is not one of these.
  func free(_ pointer: OpaquePointer?) {
    guard let pointer, find(pointer) != nil else { return }
    let block = UnsafeMutablePointer<HandleBlock>(pointer)
    block.pointee.tag = 0
    block.pointee.object.release()
    block.deallocate()
  }

  private func find(_ pointer: OpaquePointer) -> Object? {
    guard UInt(bitPattern: pointer) % UInt(MemoryLayout<HandleBlock>.alignment) == 0 else {
      return nil
    }
    let block = UnsafePointer<HandleBlock>(pointer)
    guard block.pointee.tag == tag else { return nil }
    return block.pointee.object.takeUnretainedValue() as? Object
  }
}

/// Writes a new handle to an out parameter.
func write<Object>(
  _ handle: Handle<Object>, _ object: Object, to out: UnsafeMutablePointer<OpaquePointer?>
) {
  out.pointee = handle.make(object)
}
