using System.Text;
using Tenet.State.Auth.Passwords;

namespace Tenet.State.Tests.Auth;

public sealed class BcryptTests
{
    [Theory]
    [InlineData("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy")]
    [InlineData("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK")]
    [InlineData("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe")]
    [InlineData("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC")]
    [InlineData("~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO")]
    [InlineData("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    public void Published_hashes_are_verified(string password, string hash)
    {
        Assert.True(Verify(password, hash));
        Assert.False(Verify(password + "x", hash));
        Assert.False(Verify(password, hash[..^1] + (hash[^1] == 'a' ? 'b' : 'a')));
    }

    [Fact]
    public void A_hash_has_the_salt_the_cost_and_the_password_in_it()
    {
        byte[] salt = [0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10];
        Assert.Equal("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", Bcrypt.Hash("U*U"u8, 5, salt));
        Assert.StartsWith("$2a$04$", Bcrypt.Hash("U*U"u8, 4, salt), StringComparison.Ordinal);
        byte[] longest = new byte[Bcrypt.PasswordLengthMax];
        longest.AsSpan().Fill((byte)'x');
        string hash = Bcrypt.Hash(longest, 4, salt);
        Assert.True(Bcrypt.Verify(longest, Encoding.ASCII.GetBytes(hash)));

        // What is behind the longest password never counted.
        Assert.True(Bcrypt.Verify([.. longest, 1, 2, 3], Encoding.ASCII.GetBytes(hash)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bcrypt.Hash([.. longest, 1], 4, salt));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("$2a$")]
    [InlineData("$2a$xx$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$32$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$05$CCCCCCCCCCCCCCCCCCCC!.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$1a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    public void What_is_no_hash_fits_no_password(string hash) => Assert.False(Verify("U*U", hash));

    [Theory]
    [InlineData("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    public void Hashes_of_other_programs_are_verified(string hash) => Assert.True(Verify("U*U", hash));

    private static bool Verify(string password, string hash) => Bcrypt.Verify(Encoding.UTF8.GetBytes(password), Encoding.ASCII.GetBytes(hash));
}
