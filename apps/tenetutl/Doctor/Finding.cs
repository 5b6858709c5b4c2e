namespace Tenet.Utl.Doctor;

/// <summary>One thing that somebody should know.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Check">Which check found it.</param>
/// <param name="File">In which file or directory.</param>
/// <param name="Offset">Where in the file; null where the file as a whole is meant.</param>
/// <param name="Found">What was found.</param>
/// <param name="Advice">What to do about it.</param>
internal sealed record Finding(Severity Severity, string Check, string File, long? Offset, string Found, string Advice);
