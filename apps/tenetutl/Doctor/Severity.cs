namespace Tenet.Utl.Doctor;

/// <summary>How much a finding matters; the exit code of <c>doctor</c> follows from the worst one.</summary>
internal enum Severity
{
    /// <summary>Nothing was found.</summary>
    Ok,

    /// <summary>Good to know; nothing has to be done.</summary>
    Notice,

    /// <summary>The member starts, but somebody should look at this.</summary>
    Warning,

    /// <summary>Data is damaged or missing, or the member will not start.</summary>
    Error,
}
